using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Preparation;

/// <summary>
/// Checks offsets, lengths and alignment of an artifact's weights each time before a session stands on them: a range outside the file
/// would end the process, and the runtime trusts packed weights as they are.
/// </summary>
internal static class ArtifactRanges
{
    /// <summary>What the runtime's kernels may assume of packed weights.</summary>
    public const int PackedAlignment = 64;

    /// <exception cref="ModelIntegrityException">A range does not fit.</exception>
    public static void Check(string model, PreparedArtifact artifact)
    {
        if (WhyMisfit(artifact.Document, artifact.WeightsLength) is { } reason)
        {
            throw Refuse(model, artifact, reason);
        }
    }

    public static string? WhyMisfit(PreparedDocument document, long weightsLength)
    {
        foreach (var tensor in document.Initializers)
        {
            var size = ElementTypes.SizeOf((TensorElementType)tensor.Type);
            if (!tensor.Range.IsWithin(weightsLength))
            {
                return $"'{tensor.Name}' reaches from {tensor.Range.Offset} over {tensor.Range.Length} bytes in a file of {weightsLength}";
            }

            if (size > 0 && (ElementTypes.Count(tensor.Shape) != tensor.Range.Length / size || tensor.Range.Length % size != 0 || tensor.Range.Offset % size != 0))
            {
                return $"'{tensor.Name}' has a length that its shape contradicts, or is not aligned";
            }
        }

        foreach (var range in document.Packed)
        {
            if (!range.IsWithin(weightsLength) || range.Offset % PackedAlignment != 0)
            {
                return $"packed weights at {range.Offset} over {range.Length} bytes are outside the file of {weightsLength}, or not aligned to {PackedAlignment}";
            }
        }

        return null;
    }

    public static ModelIntegrityException Refuse(string model, PreparedArtifact artifact, string problem) =>
        new($"The prepared artifact of model '{model}' in '{artifact.Folder}' is refused: {problem}. Delete the folder to have it prepared again.") { Model = model, File = artifact.Document.Weights };
}
