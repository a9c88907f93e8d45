using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Transfer;

namespace ModelPersistence.Store;

/// <summary>Brings the files of a version into a tree: in streams side by side, verified chunk by chunk, each file renamed into place when it is whole, the manifest last.</summary>
internal sealed class FileFetcher(StoreSettings settings, TimeProvider time, ILogger logger)
{
    private const int PublishAttempts = 3;
    private const long ShortestRun = 8 << 20;
    private const long LongestRun = 16 << 20;

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
        var chunks = await LocalChunks.FindAsync(job.Document, job.Trees, settings.Transfer, time, logger, cancellationToken).ConfigureAwait(false);

        // 1. The files. Each appears by rename when all its chunks are there, and flushed where that is asked for.
        for (var attempt = 1; !await FetchFilesAsync(job, chunks, cancellationToken).ConfigureAwait(false); attempt++)
        {
            if (attempt == PublishAttempts)
            {
                throw new ModelStorageException(
                    job.Target.Name, $"The files of model '{job.DisplayName}' in '{job.Folder}' keep being moved away by somebody else. Let only this library write to '{job.Target.Root}'.", isTransient: true)
                { Model = job.DisplayName };
            }

            job.ForgetReused();
        }

        // 2. The folders, so that no manifest survives a power loss which its files do not. Unflushed files are found by hashing then.
        // 3. The manifest: from here on the version exists.
        await InStore(job, job.Folder, async () =>
        {
            foreach (var folder in job.Flush ? Folders(job) : [])
            {
                DurableFolder.Flush(folder);
            }

            await DurableFile.WriteAsync(job.Target.ManifestPath(job.Manifest.Name, job.Manifest.Version), job.Document.Utf8Json, cancellationToken).ConfigureAwait(false);
            DurableFolder.Flush(Path.GetDirectoryName(job.Folder)!);
        }).ConfigureAwait(false);
        StoreLog.Fetched(
            logger, job.DisplayName, job.Folder, job.Target.Name, job.FetchedBytes, job.Sources.Names, job.ReusedBytes, time.GetElapsedTime(begun).TotalMilliseconds);
    }

    /// <summary>False when a file was moved away by somebody else before it was in place.</summary>
    private async Task<bool> FetchFilesAsync(FetchJob job, LocalChunks chunks, CancellationToken cancellationToken)
    {
        var runLength = Math.Clamp(job.Manifest.TotalSize / (4 * settings.Transfer.FirstStreams), ShortestRun, LongestRun);
        var longestChunk = job.Manifest.Files.Max(static file => file.Chunks.Count == 0 ? 0 : file.Chunks.Max(static chunk => chunk.Length));
        VerifiedReader reader = new(job.Manifest, job.Sources, settings.Transfer, time, logger, job);
        var files = LocalFile.In(job.Folder, job.Manifest.Files).Select(local => new FileOnTheWay(job, local, reader, chunks, runLength, time, logger)).ToList();
        try
        {
            await new TransferPool(job.DisplayName, files, longestChunk, settings.Transfer, time, job, logger).RunAsync(cancellationToken).ConfigureAwait(false);
            return !files.Exists(static file => file.WasLost);
        }
        finally
        {
            files.ForEach(static file => file.Dispose());
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
