using System.Text.Json.Serialization;

namespace ModelPersistence.Models;

/// <summary>The immutable description of one version of a model, stored as <c>manifest.json</c> beside its files.</summary>
public sealed record ModelManifest
{
    /// <summary>The only format this library writes and reads.</summary>
    public const int CurrentFormatVersion = 1;

    /// <summary>The format of the document.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>The version.</summary>
    public required ModelVersion Version { get; init; }

    /// <summary>When the version was published.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The path of the ONNX file that is opened; the other files are its external data or belong to it otherwise.</summary>
    public required string Entry { get; init; }

    /// <summary>All files of the version.</summary>
    public required IReadOnlyList<ModelFile> Files { get; init; }

    /// <summary>What people and tools want to know about the model; nothing in it changes how it is loaded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelMetadata? Metadata { get; init; }

    /// <summary>How inputs for warm-up and comparison runs are made where the model's own signature does not say enough.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public WarmupHints? Warmup { get; init; }

    /// <summary>Inputs with the outputs they must give.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<GoldenSample>? GoldenSamples { get; init; }

    /// <summary>The sum of all file sizes in bytes.</summary>
    [JsonIgnore]
    public long TotalSize
    {
        get
        {
            long sum = 0;
            foreach (var file in Files)
            {
                sum = checked(sum + file.Size);
            }

            return sum;
        }
    }

    internal ModelFile EntryFile => Files.First(file => file.Path == Entry);
}
