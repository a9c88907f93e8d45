using System.Collections.Concurrent;
using System.Text;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Transfer;

namespace ModelPersistence.Store;

/// <summary>One version to be brought into one tree. Counts what comes on the way.</summary>
internal sealed class FetchJob(ManifestDocument document, StoreFolder target, IReadOnlyList<IStorageProvider> sources) : TransferMeter
{
    private long _fetched;
    private long _reused;
    private readonly ConcurrentQueue<string> _wrong = new();

    public ManifestDocument Document => document;

    public StoreFolder Target => target;

    public TransferSources Sources { get; } = new(sources);

    /// <summary>Trees on this host whose other versions may hold chunks of this one.</summary>
    public IReadOnlyList<DirectoryProvider> Trees { get; init; } = [];

    /// <summary>Whether the files are flushed to disk before they are put into place.</summary>
    public bool Flush { get; init; } = true;

    public ReadProgress Progress { get; init; } = new();

    /// <summary>Who is told how far it has come.</summary>
    public ProgressFeed? Feed { get; set; }

    public ModelManifest Manifest => document.Manifest;

    public string DisplayName => $"{Manifest.Name}:{Manifest.Version}";

    public string Folder => target.VersionPath(Manifest.Name, Manifest.Version);

    /// <summary>Verified bytes that came from a source.</summary>
    public long FetchedBytes => Interlocked.Read(ref _fetched);

    /// <summary>Verified bytes that were on this host already.</summary>
    public long ReusedBytes => Interlocked.Read(ref _reused);

    /// <summary>The sources that delivered wrong bytes, once for each time they did.</summary>
    public IReadOnlyCollection<string> WrongSources => _wrong;

    /// <summary>
    /// The name holds both digests: of the file, and of the manifest whose chunks decide what may be written into it. And the place, since
    /// a model may hold the same content several times.
    /// </summary>
    public string PartialPath(ModelFile file) =>
        Path.Combine(target.Partials, $"{file.Sha256.Hex}.{document.Digest.Hex[..16]}.{Sha256Digest.Of(Encoding.UTF8.GetBytes(file.StoredAt)).Hex[..8]}.part");

    public void Fetched(long bytes)
    {
        Interlocked.Add(ref _fetched, bytes);
        Report(bytes);
    }

    public void Reused(long bytes)
    {
        Interlocked.Add(ref _reused, bytes);
        Report(bytes);
    }

    /// <summary>Starts over, as the whole version is looked at again.</summary>
    public void ForgetReused() => Interlocked.Exchange(ref _reused, 0);

    public override void OnReceived(int bytes)
    {
        base.OnReceived(bytes);
        Progress.Add(bytes);
    }

    public override void OnWrongBytes(string source) => _wrong.Enqueue(source);

    public override void OnRetry() => Progress.Add(1);

    private void Report(long bytes)
    {
        Progress.Add(bytes);
        Feed?.Report(FetchedBytes, ReusedBytes, Manifest.TotalSize);
    }
}
