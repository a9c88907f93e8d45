using System.Text.Json;

namespace ModelPersistence.Models;

/// <summary>From the JSON of a repository's documents to their records. Unknown members are ignored, missing and mistyped ones refused.</summary>
internal static class ManifestJson
{
    public static ModelManifest ReadManifest(JsonElement root) => new()
    {
        FormatVersion = checked((int)root.Whole("formatVersion")),
        Name = root.Text("name"),
        Version = root.Required("version").AsVersion("version"),
        Created = root.Time("created"),
        Entry = root.Text("entry"),
        Files = root.Items("files", ReadFile),
        Metadata = root.Optional("metadata") is { } metadata ? ReadMetadata(metadata) : null,
        Warmup = root.Optional("warmup") is { } warmup ? ReadWarmup(warmup) : null,
        GoldenSamples = root.OptionalItems("goldenSamples", ReadSample),
    };

    public static AliasDocument ReadAliases(JsonElement root) => new()
    {
        FormatVersion = checked((int)root.Whole("formatVersion")),
        Name = root.Text("name"),
        Revision = root.Whole("revision"),
        Aliases = root.NamedMap("aliases", AliasJson.Read),
        Expires = root.Optional("expires") is null ? null : root.UtcTime("expires"),
    };

    private static ModelFile ReadFile(JsonElement file) => new()
    {
        Path = file.Text("path"),
        Location = file.OptionalText("location"),
        Size = file.Whole("size"),
        Sha256 = file.Digest("sha256"),
        Chunks = file.Items("chunks", static chunk => new ModelChunk(checked((int)chunk.Whole("length")), chunk.Digest("sha256"))),
    };

    private static ModelMetadata ReadMetadata(JsonElement metadata) => new()
    {
        Description = metadata.OptionalText("description"),
        Framework = metadata.OptionalText("framework"),
        Licence = metadata.OptionalText("licence"),
        Lineage = metadata.OptionalMap("lineage", static value => value.AsText("lineage")),
        Metrics = metadata.OptionalMap("metrics", static value => value.AsNumber("metrics")),
        Dependencies = metadata.OptionalMap("dependencies", static value => value.AsText("dependencies")),
        Tags = metadata.OptionalMap("tags", static value => value.AsText("tags")),
    };

    private static WarmupHints ReadWarmup(JsonElement warmup) => new()
    {
        Dimensions = warmup.OptionalMap("dimensions", static size => size.AsWhole("dimensions")),
        Inputs = warmup.OptionalMap("inputs", ReadInput),
        LatencyBudgetMs = warmup.OptionalNumber("latencyBudgetMs"),
    };

    private static InputHint ReadInput(JsonElement input) => new()
    {
        Shape = input.OptionalItems("shape", static size => size.AsWhole("shape")),
        Values = input.OptionalItems("values", static value => value.AsNumber("values")),
        Strings = input.OptionalItems("strings", static value => value.AsText("strings")),
    };

    private static GoldenSample ReadSample(JsonElement sample) => new()
    {
        Inputs = sample.Map("inputs", ReadTensor),
        Outputs = sample.Map("outputs", ReadTensor),
        AbsoluteTolerance = sample.OptionalNumber("absoluteTolerance"),
        RelativeTolerance = sample.OptionalNumber("relativeTolerance"),
    };

    private static TensorValue ReadTensor(JsonElement tensor) => new()
    {
        ElementType = tensor.Text("elementType"),
        Shape = tensor.Items("shape", static size => size.AsWhole("shape")),
        Data = tensor.Optional("data") is { } data ? data.TryGetBytesFromBase64(out var bytes) ? bytes : throw new JsonException("'data' must be base64.") : null,
        Strings = tensor.OptionalItems("strings", static value => value.AsText("strings")),
    };
}
