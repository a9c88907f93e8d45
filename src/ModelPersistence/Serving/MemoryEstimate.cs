using ModelPersistence.Preparation;
using ModelPersistence.Runtime;

namespace ModelPersistence.Serving;

/// <summary>
/// What a load will take, from what is known before it; <see cref="MemoryHistory"/> replaces it by what the last one took.
/// </summary>
/// <remarks>
/// Measured with ONNX Runtime 1.29.0 on Linux x64, 2 processors, as growth of RssAnon from before the load to after the first run (batch 1,
/// 32 tokens; OCR at its smallest inputs), in MB, for files of w MB: transformers of 2, 21, 100 and 268, OCR models of 4.7 and 10.8, Silero
/// of 2.3, each once or more in a fresh process.
/// <list type="bullet">
/// <item>The model's own file: 4, 32, 198, 380; 16, 31; 16. At most 2 w, beside up to 12 that do not depend on w.</item>
/// <item>Mapped weights, tier 0: 1, 3, 10, 5; 3, 3.</item>
/// <item>Mapped weights with saved packing, tier 1 once it was warm: 2, 3, 7, 14; 4, 5.</item>
/// <item>Mapped weights packed in memory: 2, 15, 96, 173; 9, 21. At most w, beside 10.</item>
/// <item>Both preparations beyond the session that serves, at their peak: 15, 68, 188, 507; 29, 44. At most 2 w, beside 30.</item>
/// </list>
/// The constants are a little above all of these. Larger batches take more: that is found out by measuring.
/// </remarks>
internal static class MemoryEstimate
{
    private const long Mebibyte = 1 << 20;
    private const long MappedConstant = 16 * Mebibyte;
    private const long OriginalConstant = 16 * Mebibyte;
    private const long PreparationConstant = 32 * Mebibyte;

    /// <summary>A session on a prepared artifact.</summary>
    public static MemoryNeed Of(PreparedArtifact artifact, Packing packing)
    {
        var weights = artifact.WeightsLength;
        var all = 0L;
        foreach (var file in artifact.Document.Files)
        {
            all += file.Size;
        }

        var graph = all - weights;
        return artifact.Form switch
        {
            ArtifactForm.ExternalWeights when packing == Packing.Kernel && artifact.Kind == ArtifactKind.Portable =>
                new MemoryNeed("packed in memory", (2 * graph) + weights + MappedConstant, weights),
            ArtifactForm.ExternalWeights => new MemoryNeed(packing == Packing.None ? "mapped" : "packed", (2 * graph) + MappedConstant, weights),

            // Packing cannot be saved in this form, so that only a session that does not pack leaves the weights where they are mapped.
            ArtifactForm.MappedOrt when packing == Packing.None => new MemoryNeed("mapped", MappedConstant, all),
            ArtifactForm.MappedOrt => new MemoryNeed("packed in memory", all + MappedConstant, all),
            _ => Original(all) with { Kind = "inline" },
        };
    }

    /// <summary>A session on the model's own file.</summary>
    /// <param name="modelBytes">The size of its files.</param>
    public static MemoryNeed Original(long modelBytes) => new("original", (2 * modelBytes) + OriginalConstant, 0);

    /// <summary>Preparing an artifact: the original, what is made of it, and the comparison of the two.</summary>
    /// <param name="modelBytes">The size of the model's files.</param>
    public static MemoryNeed Preparation(long modelBytes) => new("preparation", (2 * modelBytes) + PreparationConstant, 0);
}
