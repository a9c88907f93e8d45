using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>What can be said when a version is published.</summary>
public sealed record PublishOptions
{
    /// <summary>The name of the provider to publish to; null for the first of the chain that accepts publishing.</summary>
    public string? Repository { get; init; }

    /// <summary>Aliases that move to the version, whatever they stood for before. Default: none.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>
    /// Whether <c>latest</c> moves to the version. It only moves forward, so that publishing an old version again does not roll anybody
    /// back, never to a pre-release, and not while it is split over several versions; <see cref="IModelRepository.SetAliasAsync"/> moves it anywhere. Default true.
    /// </summary>
    public bool MoveLatest { get; init; } = true;

    /// <summary>
    /// The moment after which the alias document must not be taken for current any more; it must lie ahead. Null leaves the document's
    /// expiry as it is, <see cref="DateTimeOffset.MaxValue"/> takes it away.
    /// </summary>
    public DateTimeOffset? AliasesExpire { get; init; }

    /// <summary>
    /// Whether to write to an object store that does not enforce conditions on writes. Two writers at once can then overwrite each
    /// other: set it only where one writer at a time is ensured otherwise. Default false: such a store is refused.
    /// </summary>
    public bool AllowUnsafeStore { get; init; }

    /// <summary>The ONNX file that is opened, relative to the folder; null for <c>model.onnx</c> or the only .onnx file there.</summary>
    public string? Entry { get; init; }

    /// <summary>The description that goes into the manifest.</summary>
    public ModelMetadata? Metadata { get; init; }

    /// <summary>The warm-up hints that go into the manifest.</summary>
    public WarmupHints? Warmup { get; init; }

    /// <summary>The golden samples that go into the manifest.</summary>
    public IReadOnlyList<GoldenSample>? GoldenSamples { get; init; }
}
