using System.Text;
using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Store;

/// <summary>Remembers, in the local cache, what models without a manifest were found to be, for as long as their files stay the same.</summary>
internal sealed class UnmanifestedIndex(StoreFolder cache, TimeProvider time, ILogger<UnmanifestedIndex> logger) : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan RecordDelay = VerificationRecords.FreshFor + TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private Task _remembering = Task.CompletedTask;

    /// <summary>The manifest these files would have, if it is known and they are unchanged. A few looks at files and two small reads.</summary>
    public ManifestDocument? TryGetKnown(UnmanifestedModel model)
    {
        try
        {
            var path = PathOf(model);
            if (FileIdentity.TryRead(path) is not { Kind: FileKind.Regular, Size: <= ManifestRules.MaxDocumentBytes })
            {
                return null;
            }

            var document = ManifestDocument.Parse(model.Name, model.Version, File.ReadAllBytes(path));
            return document.Manifest.Entry == model.Entry
                && cache.Records.Fits(document.Digest, Scope(model), LocalFile.In(model.Folder, document.Manifest.Files))
                    ? document
                    : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ModelIntegrityException)
        {
            return null;
        }
    }

    /// <summary>Hashes the files and describes them. The same files always give the same manifest.</summary>
    /// <exception cref="ModelIntegrityException">A file is missing, a link, not regular, or changed meanwhile.</exception>
    /// <exception cref="ModelStorageException">The files could not be read.</exception>
    public async Task<ManifestDocument> DescribeAsync(UnmanifestedModel model, CancellationToken cancellationToken)
    {
        if (TryGetKnown(model) is { } known)
        {
            return known;
        }

        try
        {
            var (document, snapshot) = await HashAsync(model, cancellationToken).ConfigureAwait(false);
            if (await TryRememberAsync(model, document, snapshot, cancellationToken).ConfigureAwait(false) == RecordOutcome.TooFresh)
            {
                RememberLater(model);
            }

            return document;
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            throw StoreFailure.Reading("files", $"{model.Name}:{model.Version}", model.EntryPath, e, isShared: false);
        }
    }

    /// <summary>Completes when nothing is waiting to be remembered any more.</summary>
    public Task WhenRemembered()
    {
        lock (_gate)
        {
            return _remembering;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await WhenRemembered().ConfigureAwait(false);
    }

    /// <summary>For containers that are disposed synchronously.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static string Scope(UnmanifestedModel model) => $"{model.Name}:{model.Version}\n{model.EntryPath}";

    private string PathOf(UnmanifestedModel model) =>
        Path.Combine(cache.Described, Sha256Digest.Of(Encoding.UTF8.GetBytes(Scope(model))).Hex[..40] + ".json");

    private async Task<(ManifestDocument Document, FileSnapshot Snapshot)> HashAsync(UnmanifestedModel model, CancellationToken cancellationToken)
    {
        var name = $"{model.Name}:{model.Version}";
        var unknown = LocalFile.In(model.Folder, [.. model.Files.Select(static path => new ModelFile { Path = path, Size = 0, Sha256 = default, Chunks = [] })]);
        var before = FileSnapshot.TryTake(unknown, time);
        var files = await Task.Run(() => FileDescriber.DescribeAsync(name, model.Folder, model.Files, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (before is null || !before.IsCurrent())
        {
            throw new ModelIntegrityException($"The files of model '{name}' changed while they were being read ('{model.Folder}'). Let the writer finish and try again.") { Model = name };
        }

        var newest = before.Identities.Max(static identity => identity.ModifiedNs);
        var document = ManifestDocument.Create(new ModelManifest
        {
            FormatVersion = ModelManifest.CurrentFormatVersion,
            Name = model.Name,
            Version = model.Version,
            Created = DateTimeOffset.UnixEpoch.AddTicks(newest / TimeSpan.NanosecondsPerTick),
            Entry = model.Entry,
            Files = files,
        });
        return (document, before);
    }

    private async Task<RecordOutcome> TryRememberAsync(UnmanifestedModel model, ManifestDocument document, FileSnapshot snapshot, CancellationToken cancellationToken)
    {
        if (cache.WhyNotWritable() is { } reason)
        {
            StoreLog.NotRemembered(logger, model.Name, reason);
            return RecordOutcome.Unwritable;
        }

        try
        {
            // The description alone is worth nothing; the record vouches for it and comes second.
            cache.Create(cache.Described);
            await DurableFile.WriteAsync(PathOf(model), document.Utf8Json, cancellationToken).ConfigureAwait(false);
            return cache.Records.TryWrite(document.Digest, Scope(model), snapshot);
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            StoreLog.NotRemembered(logger, model.Name, e.Message);
            return RecordOutcome.Unwritable;
        }
    }

    private void RememberLater(UnmanifestedModel model)
    {
        lock (_gate)
        {
            if (!_stopping.IsCancellationRequested)
            {
                _remembering = RememberLaterAsync(model, _remembering, _stopping.Token);
            }
        }
    }

    private async Task RememberLaterAsync(UnmanifestedModel model, Task earlier, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(RecordDelay, time, stopping).ConfigureAwait(false);
            await earlier.ConfigureAwait(false);
            var (document, snapshot) = await HashAsync(model, stopping).ConfigureAwait(false);
            await TryRememberAsync(model, document, snapshot, stopping).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ModelPersistenceException or IOException or UnauthorizedAccessException)
        {
            StoreLog.NotRemembered(logger, model.Name, e.Message);
        }
    }
}
