using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Store;

namespace ModelPersistence.Preparation;

/// <summary>A prepared artifact on this host. Immutable.</summary>
/// <param name="Document">What it says about itself.</param>
/// <param name="Digest">The SHA-256 of its document, which covers the digests of its files.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="Trust">Why its bytes may be mapped; <see cref="TrustBasis.Deferred"/> asks for <see cref="PreparedArtifacts.VerifyAsync"/> behind the start.</param>
internal sealed record PreparedArtifact(PreparedDocument Document, Sha256Digest Digest, string Folder, TrustBasis Trust)
{
    /// <summary>Keeps the folder where it is for as long as it is held. Whoever receives this gives it up; a session holds a share of its own.</summary>
    public UseMark Use { get; init; } = UseMark.None;

    public ArtifactKind Kind => Document.Kind;

    public ArtifactForm Form => Document.Form;

    /// <summary>The file a session is opened on.</summary>
    public string GraphPath => Path.Combine(Folder, Document.Graph ?? "");

    /// <summary>The file to map and touch early; null when there is none.</summary>
    public string? WeightsPath => Document.Weights is { } weights ? Path.Combine(Folder, weights) : null;

    public long WeightsLength
    {
        get
        {
            foreach (var file in Document.Files)
            {
                if (file.Path == Document.Weights)
                {
                    return file.Size;
                }
            }

            return 0;
        }
    }

    public PreparedInitializer[] Initializers => Document.Initializers;

    public ByteRange[] TouchRanges => Document.Touch;

    public IReadOnlyList<Refusal> Refusals => Document.Refused;

    /// <summary>Bytes on disk, the document not counted.</summary>
    public long SizeBytes => Document.Files.Sum(static file => file.Size);
}
