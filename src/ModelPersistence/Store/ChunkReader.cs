using System.Buffers;
using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Store;

/// <summary>
/// Reads ranges from the sources in order and hands on only chunks whose hash matched. A wrong chunk is read again up to three times,
/// then the next source is asked; a source that fails for good is not asked again.
/// </summary>
internal sealed class ChunkReader(FetchJob job, ILogger logger)
{
    private const int Attempts = 3;

    private readonly HashSet<IStorageProvider> _failed = [];

    /// <param name="run">The chunks.</param>
    /// <param name="accept">Takes a verified chunk; the bytes are valid during the call only.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task ReadAsync(ChunkRun run, Action<int, ReadOnlyMemory<byte>> accept, CancellationToken cancellationToken)
    {
        var next = run.First;
        Exception? fault = null;
        foreach (var source in job.Sources)
        {
            for (var attempt = 1; attempt <= Attempts && !HasFailed(source); attempt++)
            {
                var before = next;
                try
                {
                    // The fault is an integrity fault when the bytes were wrong; null when all were right.
                    (next, var wrong) = await ReadRangeAsync(source, run, next, attempt, accept, cancellationToken).ConfigureAwait(false);
                    if (wrong is null)
                    {
                        return;
                    }

                    fault = wrong;
                }
                catch (SourceException e)
                {
                    next = e.Next;
                    fault = fault is ModelIntegrityException ? fault : e.Fault;
                    if (attempt == Attempts || !e.Fault.IsTransient)
                    {
                        MarkFailed(source);
                        StoreLog.SourceFailed(logger, source.Name, run.Partial.File.Path, job.DisplayName, e.Fault.Message);
                    }
                }

                if (next != before)
                {
                    // Attempts are counted for one chunk; this was the first for the one that failed.
                    attempt = 1;
                }
            }
        }

        throw fault ?? new ModelStorageException(
            job.Sources.Count > 0 ? job.Sources[0].Name : "store",
            $"File '{run.Partial.File.Path}' of model '{job.DisplayName}' could not be fetched: every source ({job.SourceNames}) failed before. Check the providers under ModelManagement:Providers.",
            isTransient: true)
        { Model = job.DisplayName };
    }

    private async Task<(int Next, ModelIntegrityException? Wrong)> ReadRangeAsync(
        IStorageProvider source, ChunkRun run, int from, int attempt, Action<int, ReadOnlyMemory<byte>> accept, CancellationToken cancellationToken)
    {
        var file = run.Partial.File;
        var end = run.First + run.Count;
        var offset = run.Partial.Offsets[from];
        var length = run.Partial.Offsets[end - 1] + file.Chunks[end - 1].Length - offset;
        var buffer = ArrayPool<byte>.Shared.Rent(Longest(file, from, end));
        var next = from;
        Stream? stream = null;
        try
        {
            stream = await GuardAsync(source, file, next, () => source.OpenReadAsync(job.Manifest, file, offset, length, cancellationToken), cancellationToken).ConfigureAwait(false);
            for (; next < end; next++)
            {
                var chunk = file.Chunks[next];
                var bytes = buffer.AsMemory(0, chunk.Length);
                var at = next;
                var read = await GuardAsync(source, file, at, () => stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken), cancellationToken).ConfigureAwait(false);
                job.Progress.Add(read);
                var actual = Sha256Digest.Of(bytes.Span[..read]);
                if (read < chunk.Length || actual != chunk.Sha256)
                {
                    StoreLog.WrongBytes(logger, source.Name, next, file.Path, job.DisplayName, attempt, actual.ToString(), chunk.Sha256.ToString());
                    return (next, Wrong(source, file, next, chunk, read, actual));
                }

                accept(next, bytes);
                job.Fetched(chunk.Length);
            }

            return (next, null);
        }
        finally
        {
            if (stream is not null)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }

            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private ModelIntegrityException Wrong(IStorageProvider source, ModelFile file, int index, ModelChunk chunk, int read, Sha256Digest actual)
    {
        var problem = read < chunk.Length ? $"ends after {read} of {chunk.Length} bytes" : $"has the digest {actual}, expected {chunk.Sha256}";
        return new ModelIntegrityException(
            $"Provider '{source.Name}' delivers file '{file.Path}' of model '{job.DisplayName}' wrongly: chunk {index} {problem}, {Attempts} times in a row. Publish the version again there, or restore the file.")
        { Model = job.DisplayName, File = file.Path, Expected = chunk.Sha256, Actual = actual };
    }

    /// <summary>Whatever a provider throws is its failure, and the next source is asked. Clients report a time-out as a cancellation that nobody asked for.</summary>
    private async ValueTask<T> GuardAsync<T>(IStorageProvider source, ModelFile file, int next, Func<ValueTask<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (ModelPersistenceException e)
        {
            throw new SourceException(e, next);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new SourceException(
                new ModelStorageException(
                    source.Name,
                    $"Provider '{source.Name}' could not deliver file '{file.Path}' of model '{job.DisplayName}': {e.Message.TrimEnd('.')}. Check the provider and its connection.",
                    isTransient: e is IOException or System.Net.Http.HttpRequestException or TimeoutException or OperationCanceledException,
                    e)
                { Model = job.DisplayName },
                next);
        }
    }

    private static int Longest(ModelFile file, int from, int end)
    {
        var longest = 0;
        for (var i = from; i < end; i++)
        {
            longest = Math.Max(longest, file.Chunks[i].Length);
        }

        return longest;
    }

    private bool HasFailed(IStorageProvider source)
    {
        lock (_failed)
        {
            return _failed.Contains(source);
        }
    }

    private void MarkFailed(IStorageProvider source)
    {
        lock (_failed)
        {
            _failed.Add(source);
        }
    }

    /// <summary>A source failed, as opposed to the store the bytes go to.</summary>
    private sealed class SourceException(ModelPersistenceException fault, int next) : Exception(fault.Message, fault)
    {
        public ModelPersistenceException Fault => fault;

        public int Next => next;
    }
}
