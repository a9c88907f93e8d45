using System.Collections.Concurrent;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>Uploads files, several side by side, and knows what it began.</summary>
internal sealed class ObjectUploads(IWritableObjectStore store, PublishBackoff backoff)
{
    private const int ParallelFiles = 4;
    private const int Attempts = 3;

    private readonly ConcurrentBag<string> _begun = [];

    public Task UploadAsync(IEnumerable<(string Key, ChunkSource Source)> files, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            files,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelFiles, CancellationToken = cancellationToken },
            async (file, token) => await UploadAsync(file.Key, file.Source, token).ConfigureAwait(false));

    /// <summary>Takes back whatever was uploaded or may have been.</summary>
    public Task DeleteQuietlyAsync() => QuietDeletion.RunAsync(store, [.. _begun], backoff.Time);

    private async Task UploadAsync(string key, ChunkSource source, CancellationToken cancellationToken)
    {
        _begun.Add(key);
        for (var attempt = 1; ; attempt++)
        {
            VerifiedContent content = new(source);
            try
            {
                await store.UploadAsync(key, content, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ModelStorageException e) when (e.IsTransient && content.Fault is null && attempt < Attempts)
            {
                await backoff.WaitAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception) when (content.Fault is not null)
            {
                throw content.Fault;
            }
        }
    }
}
