using System.Text;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Store;

/// <summary>One version to be brought into one tree.</summary>
internal sealed record FetchJob(ManifestDocument Document, StoreFolder Target, IReadOnlyList<IStorageProvider> Sources)
{
    private long _fetched;
    private long _reused;

    public ModelManifest Manifest => Document.Manifest;

    public string DisplayName => $"{Manifest.Name}:{Manifest.Version}";

    public string Folder => Target.VersionPath(Manifest.Name, Manifest.Version);

    public string SourceNames => string.Join(", ", Sources.Select(static source => $"'{source.Name}'"));

    public ReadProgress Progress { get; init; } = new();

    public long FetchedBytes => Interlocked.Read(ref _fetched);

    public long ReusedBytes => Interlocked.Read(ref _reused);

    /// <summary>
    /// The name holds both digests: of the file, and of the manifest whose chunks decide what may be written into it. And the place, since
    /// a model may hold the same content several times.
    /// </summary>
    public string PartialPath(ModelFile file) =>
        Path.Combine(Target.Partials, $"{file.Sha256.Hex}.{Document.Digest.Hex[..16]}.{Sha256Digest.Of(Encoding.UTF8.GetBytes(file.StoredAt)).Hex[..8]}.part");

    public void Fetched(long bytes)
    {
        Interlocked.Add(ref _fetched, bytes);
        Progress.Add(bytes);
    }

    public void Reused(long bytes) => Interlocked.Add(ref _reused, bytes);
}
