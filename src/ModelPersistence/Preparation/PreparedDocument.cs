using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Preparation;

/// <summary>
/// What <c>prepared.json</c> says about an artifact. Immutable. Arrays, since it is read on the way of a start: lists of our own value
/// types would have to be compiled there.
/// </summary>
internal sealed record PreparedDocument
{
    /// <summary>Part of the key: raising it makes every older artifact unknown.</summary>
    public const int FormatVersion = 1;

    public const string FileName = "prepared.json";

    /// <summary>The model it was made of, for people and messages.</summary>
    public required string Model { get; init; }

    public required ArtifactKind Kind { get; init; }

    public required ArtifactForm Form { get; init; }

    /// <summary>Everything the artifact depends on, in words; the folder's name is its hash.</summary>
    public required string Key { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>Why the better forms were not taken.</summary>
    public Refusal[] Refused { get; init; } = [];

    /// <summary>Median of a run of the original while preparing, in milliseconds; null when it was not measured.</summary>
    public double? OriginalMs { get; init; }

    /// <summary>Median of a run of the artifact, beside <see cref="OriginalMs"/>.</summary>
    public double? PreparedMs { get; init; }

    /// <summary>The file that is opened; null for <see cref="ArtifactForm.Original"/>.</summary>
    public string? Graph { get; init; }

    /// <summary>The file whose pages a session stands on; null when the form has none.</summary>
    public string? Weights { get; init; }

    /// <summary>All files with their digests, cut in pieces of fixed length.</summary>
    public ModelFile[] Files { get; init; } = [];

    /// <summary>The weights a session is given over our own mapping.</summary>
    public PreparedInitializer[] Initializers { get; init; } = [];

    /// <summary>The saved packed weights.</summary>
    public ByteRange[] Packed { get; init; } = [];

    /// <summary>The ranges of <see cref="Weights"/> that a run needs.</summary>
    public ByteRange[] Touch { get; init; } = [];
}

/// <summary>A form that was tried, and why it was not taken.</summary>
internal sealed record Refusal(ArtifactForm Form, string Reason);

/// <summary>An initializer of the graph and where its bytes lie.</summary>
internal sealed record PreparedInitializer(string Name, int Type, long[] Shape, ByteRange Range);
