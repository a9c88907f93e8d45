using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Preparation;

/// <summary>Where the weights of a saved graph lie, as far as the artifact's document tells it.</summary>
/// <param name="Initializers">Those a session can be given.</param>
/// <param name="Packed">The saved packed weights.</param>
/// <param name="Touch">What a run needs.</param>
/// <param name="NeedsRewrite">Whether something lies where neither our mapping nor the kernels may use it.</param>
internal sealed record ArtifactLayout(
    PreparedInitializer[] Initializers, ByteRange[] Packed, ByteRange[] Touch, bool NeedsRewrite)
{
    // One access brings 64 KiB, so ranges nearer to each other than that are one.
    private const long MergeWithin = 64 << 10;

    /// <exception cref="RungRefusedException">The graph is not of the shape that this form needs.</exception>
    public static ArtifactLayout Of(OnnxModelFacts facts, string weights, long weightsLength)
    {
        List<PreparedInitializer> initializers = [];
        List<ByteRange> packed = [], touch = [];
        var misaligned = false;
        foreach (var tensor in facts.ExternalTensors)
        {
            var range = RangeOf(tensor, weights, weightsLength);
            initializers.Add(new PreparedInitializer(tensor.Name, tensor.Type, [.. tensor.Shape], range));
            misaligned |= range.Offset % Math.Max(1, ElementTypes.SizeOf((TensorElementType)tensor.Type)) != 0;

            var buffers = tensor.Packed.SelectMany(entry => BuffersOf(tensor, entry.Value, weightsLength)).ToList();
            packed.AddRange(buffers);
            misaligned |= buffers.Any(static buffer => buffer.Offset % ArtifactRanges.PackedAlignment != 0);
            touch.AddRange(buffers.Count > 0 ? buffers : facts.LookupTables.Contains(tensor.Name) ? [] : [range]);
        }

        return new ArtifactLayout([.. initializers], [.. packed], [.. Merge(touch)], misaligned);
    }

    private static ByteRange RangeOf(ExternalTensor tensor, string weights, long weightsLength)
    {
        var length = ExternalDataRules.ByteLength(tensor);
        if (!tensor.IsMainInitializer || tensor.Location != weights || length is null)
        {
            throw new RungRefusedException($"tensor '{tensor.Name}' lies outside the main graph, in another file, or is of a type or shape that cannot be mapped");
        }

        ByteRange range = new(ExternalDataRules.Number(tensor.Offset, 0) ?? -1, ExternalDataRules.Number(tensor.Length, length.Value) ?? -1);
        return range.Length == length && range.IsWithin(weightsLength)
            ? range
            : throw new RungRefusedException($"tensor '{tensor.Name}' was saved at {range.Offset} over {range.Length} bytes, which does not fit its shape or the file of {weightsLength} bytes");
    }

    private static IEnumerable<ByteRange> BuffersOf(ExternalTensor tensor, string text, long weightsLength)
    {
        var blob = PackedBlob.TryParse(text);
        return blob is not null && blob.Buffers.All(buffer => buffer.Range.IsWithin(weightsLength))
            ? blob.Buffers.Select(static buffer => buffer.Range)
            : throw new RungRefusedException($"the packed weights of '{tensor.Name}' ({ModelName.Printable(text)}) do not fit the file of {weightsLength} bytes");
    }

    private static List<ByteRange> Merge(List<ByteRange> ranges)
    {
        List<ByteRange> merged = [];
        foreach (var range in ranges.Where(static range => range.Length > 0).OrderBy(static range => range.Offset))
        {
            if (merged.Count > 0 && merged[^1] is var last && range.Offset - (last.Offset + last.Length) <= MergeWithin)
            {
                merged[^1] = new ByteRange(last.Offset, Math.Max(last.Length, range.Offset + range.Length - last.Offset));
            }
            else
            {
                merged.Add(range);
            }
        }

        return merged;
    }
}
