using System.Buffers;
using System.Globalization;
using System.Text;
using ModelPersistence.Runtime;

namespace ModelPersistence.Preparation;

/// <summary>
/// Writes a saved graph and its weights again so that everything is aligned: the runtime aligns large tensors only, and lets packed
/// weights follow wherever the raw ones end.
/// </summary>
internal static class WeightsRewriter
{
    private const int Alignment = 64;
    private const int PageAlignment = 4096;
    private const int LargeBytes = 64 << 10;
    private const int MaxGraphBytes = 512 << 20;
    private const int BufferBytes = 1 << 20;

    public static void Rewrite(string folder, string graph, string weights, OnnxModelFacts facts, CancellationToken cancellationToken)
    {
        var graphPath = Path.Combine(folder, graph);
        var weightsPath = Path.Combine(folder, weights);
        if (new FileInfo(graphPath).Length > MaxGraphBytes)
        {
            throw new RungRefusedException($"the graph without its weights is larger than {MaxGraphBytes} bytes");
        }

        var offsets = Copy(weightsPath, weightsPath + ".aligned", facts, cancellationToken);
        var tensors = facts.ExternalTensors.GroupBy(static tensor => tensor.Name, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.Last(), StringComparer.Ordinal);
        var model = EditModel(File.ReadAllBytes(graphPath), tensors, offsets);
        File.WriteAllBytes(graphPath + ".aligned", model.WrittenSpan);
        File.Move(graphPath + ".aligned", graphPath, overwrite: true);
        File.Move(weightsPath + ".aligned", weightsPath, overwrite: true);
    }

    private static Dictionary<ByteRange, long> Copy(string from, string to, OnnxModelFacts facts, CancellationToken cancellationToken)
    {
        Dictionary<ByteRange, long> offsets = [];
        using var source = File.OpenHandle(from);
        using var target = File.OpenHandle(to, FileMode.CreateNew, FileAccess.Write);
        var buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
        long end = 0;
        foreach (var range in facts.ExternalTensors.SelectMany(RangesOf))
        {
            if (!offsets.TryAdd(range, 0))
            {
                continue;
            }

            var alignment = range.Length >= LargeBytes ? PageAlignment : Alignment;
            var start = (end + alignment - 1) / alignment * alignment;
            offsets[range] = start;
            for (long done = 0; done < range.Length;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = RandomAccess.Read(source, buffer.AsSpan(0, (int)Math.Min(buffer.Length, range.Length - done)), range.Offset + done);
                if (read == 0)
                {
                    throw new RungRefusedException($"the saved weights end before {range.Offset + range.Length}");
                }

                RandomAccess.Write(target, buffer.AsSpan(0, read), start + done);
                done += read;
            }

            end = start + range.Length;
        }

        return offsets;
    }

    private static IEnumerable<ByteRange> RangesOf(ExternalTensor tensor)
    {
        yield return RawRange(tensor);
        foreach (var buffer in tensor.Packed.SelectMany(static entry => PackedBlob.TryParse(entry.Value)!.Buffers))
        {
            yield return buffer.Range;
        }
    }

    private static ByteRange RawRange(ExternalTensor tensor) =>
        new(ExternalDataRules.Number(tensor.Offset, 0)!.Value, ExternalDataRules.Number(tensor.Length, ExternalDataRules.ByteLength(tensor)!.Value)!.Value);

    private static ArrayBufferWriter<byte> EditModel(byte[] model, Dictionary<string, ExternalTensor> tensors, Dictionary<ByteRange, long> offsets) =>
        ProtoEditor.Edit(model, field: 7, graph => ProtoEditor.Edit(graph, field: 5, tensor =>
        {
            var name = ProtoEditor.FindText(tensor, field: 8);
            return name is not null && ProtoEditor.Has(tensor, field: 13) && tensors.TryGetValue(name, out var external)
                ? EditTensor(tensor, external, offsets)
                : null;
        }));

    private static ArrayBufferWriter<byte> EditTensor(ReadOnlySpan<byte> tensor, ExternalTensor external, Dictionary<ByteRange, long> offsets)
    {
        var edited = ProtoEditor.Without(tensor, field: 13);
        foreach (var (key, value) in external.Entries)
        {
            var moved = key == "offset" || key.StartsWith("prepacked", StringComparison.Ordinal)
                ? key == "offset"
                    ? offsets[RawRange(external)].ToString(CultureInfo.InvariantCulture)
                    : PackedBlob.TryParse(value)!.Render(range => offsets[range])
                : value;
            WriteEntry(edited, key, moved);
        }

        if (external.Offset is null)
        {
            WriteEntry(edited, "offset", offsets[RawRange(external)].ToString(CultureInfo.InvariantCulture));
        }

        return edited;
    }

    private static void WriteEntry(ArrayBufferWriter<byte> tensor, string key, string value)
    {
        ArrayBufferWriter<byte> entry = new();
        ProtoEditor.WriteBytes(entry, 1, Encoding.UTF8.GetBytes(key));
        ProtoEditor.WriteBytes(entry, 2, Encoding.UTF8.GetBytes(value));
        ProtoEditor.WriteBytes(tensor, 13, entry.WrittenSpan);
    }
}
