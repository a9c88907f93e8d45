using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;
using ModelPersistence.Models;

namespace ModelPersistence.Store;

/// <summary>Brings the files of a version into a tree: ranges side by side, verified chunk by chunk, each file renamed into place when it is whole, the manifest last.</summary>
internal sealed class FileFetcher(StoreSettings settings, TimeProvider time, ILogger logger)
{
    private const int PublishAttempts = 3;

    /// <exception cref="ModelIntegrityException">No source delivers the right bytes.</exception>
    /// <exception cref="ModelStorageException">The sources or the store failed.</exception>
    public async Task FetchAsync(FetchJob job, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        await InStore(job, job.Folder, () =>
        {
            job.Target.Create(job.Target.Partials);
            job.Target.Create(job.Folder);
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        ChunkReader reader = new(job, logger);
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = settings.ParallelReads, CancellationToken = cancellationToken };

        // 1. The files. Each appears by rename when all its chunks are there and flushed.
        for (var attempt = 1; !await FetchFilesAsync(job, reader, parallel).ConfigureAwait(false); attempt++)
        {
            if (attempt == PublishAttempts)
            {
                throw new ModelStorageException(
                    job.Target.Name, $"The files of model '{job.DisplayName}' in '{job.Folder}' keep being moved away by somebody else. Let only this library write to '{job.Target.Root}'.", isTransient: true)
                { Model = job.DisplayName };
            }
        }

        // 2. The folders, so that no manifest survives a power loss which its files do not.
        // 3. The manifest: from here on the version exists.
        await InStore(job, job.Folder, async () =>
        {
            foreach (var folder in Folders(job))
            {
                DurableFolder.Flush(folder);
            }

            await DurableFile.WriteAsync(job.Target.ManifestPath(job.Manifest.Name, job.Manifest.Version), job.Document.Utf8Json, cancellationToken).ConfigureAwait(false);
            DurableFolder.Flush(Path.GetDirectoryName(job.Folder)!);
        }).ConfigureAwait(false);
        StoreLog.Fetched(
            logger, job.DisplayName, job.Folder, job.Target.Name, job.FetchedBytes, job.SourceNames, job.ReusedBytes, time.GetElapsedTime(begun).TotalMilliseconds);
    }

    private static async Task<bool> FetchFilesAsync(FetchJob job, ChunkReader reader, ParallelOptions parallel)
    {
        List<PartialFile> open = [];
        var isWhole = true;
        try
        {
            await Parallel.ForEachAsync(Runs(), parallel, async (run, token) =>
            {
                await reader.ReadAsync(run, (chunk, bytes) =>
                {
                    if (Write(job, run, chunk, bytes))
                    {
                        Finish(run.Partial, run.Destination);
                    }
                }, token).ConfigureAwait(false);
            }).ConfigureAwait(false);
            return isWhole;
        }
        catch (OperationCanceledException)
        {
            parallel.CancellationToken.ThrowIfCancellationRequested();
            throw;
        }
        finally
        {
            foreach (var partial in open)
            {
                partial.Dispose();
            }
        }

        // One file after the other is looked at while the ranges of those before it are being read.
        IEnumerable<ChunkRun> Runs()
        {
            foreach (var local in LocalFile.In(job.Folder, job.Manifest.Files))
            {
                if (OpenPartial(job, local, parallel.CancellationToken) is not { } partial)
                {
                    continue;
                }

                open.Add(partial);
                job.Reused(partial.ReusedBytes);
                if (partial.Missing.Count == 0)
                {
                    Finish(partial, local.FullPath);
                    continue;
                }

                foreach (var run in ChunkRun.Of(partial, local.FullPath))
                {
                    yield return run;
                }
            }
        }

        void Finish(PartialFile partial, string destination)
        {
            if (!Publish(job, partial, destination))
            {
                isWhole = false;
            }
        }
    }

    /// <summary>The partial file, or null when the finished file is in place and right.</summary>
    private static PartialFile? OpenPartial(FetchJob job, LocalFile local, CancellationToken cancellationToken)
    {
        try
        {
            job.Target.Create(Path.GetDirectoryName(local.FullPath)!);
            var there = FileIdentity.TryRead(local.FullPath);
            if (there is { Kind: FileKind.Folder or FileKind.SymbolicLink or FileKind.Special })
            {
                throw FileGuard.Refuse(job.DisplayName, local, $"cannot be stored: a {there.Value.Kind} is in its place", "Remove it.");
            }

            if (there is { } finished && finished.Size == local.File.Size && IsRight(local, job.Progress, cancellationToken))
            {
                job.Reused(local.File.Size);
                return null;
            }

            return PartialFile.Open(local.File, job.PartialPath(local.File), there is null ? null : local.FullPath, job.Progress, cancellationToken);
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            throw StoreFailure.Writing(job.Target, job.DisplayName, local.FullPath, e);
        }
    }

    private static bool IsRight(LocalFile local, ReadProgress progress, CancellationToken cancellationToken)
    {
        using var handle = File.OpenHandle(local.FullPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using ChunkHasher hasher = new();
        long offset = 0;
        foreach (var chunk in local.File.Chunks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!hasher.TryHash(handle, offset, chunk.Length, out var actual) || actual != chunk.Sha256)
            {
                return false;
            }

            progress.Add(1);
            offset += chunk.Length;
        }

        if (!OperatingSystem.IsWindows())
        {
            // Whoever put it there may not have flushed it, and a manifest is about to vouch for it.
            DurableFile.Flush(handle);
        }

        return true;
    }

    private static bool Write(FetchJob job, ChunkRun run, int chunk, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return run.Partial.Write(chunk, bytes.Span);
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            throw StoreFailure.Writing(job.Target, job.DisplayName, job.PartialPath(run.Partial.File), e);
        }
    }

    private static bool Publish(FetchJob job, PartialFile partial, string destination)
    {
        try
        {
            partial.Flush();
            return partial.TryPublish(destination);
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            throw StoreFailure.Writing(job.Target, job.DisplayName, destination, e);
        }
        finally
        {
            partial.Dispose();
        }
    }

    /// <summary>All folders of the version, the innermost first.</summary>
    private static IEnumerable<string> Folders(FetchJob job) =>
        LocalFile.In(job.Folder, job.Manifest.Files)
            .Select(static local => Path.GetDirectoryName(local.FullPath)!)
            .Append(job.Folder)
            .Distinct()
            .OrderByDescending(static folder => folder.Length);

    private static async Task InStore(FetchJob job, string path, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            throw StoreFailure.Writing(job.Target, job.DisplayName, path, e);
        }
    }
}
