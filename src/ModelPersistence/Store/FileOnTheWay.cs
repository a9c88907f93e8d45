using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;
using ModelPersistence.Repositories;
using ModelPersistence.Transfer;

namespace ModelPersistence.Store;

/// <summary>
/// One file of a version that is being fetched. For each run of chunks: what an earlier attempt left, then what lies on this host
/// elsewhere, then what the sources have. It is renamed into place by the stream that brings its last chunk.
/// </summary>
internal sealed class FileOnTheWay(FetchJob job, LocalFile local, VerifiedReader reader, LocalChunks chunks, long runLength, TimeProvider time, ILogger logger)
    : IFileTransfer, IDisposable
{
    private PartialFile? _partial;
    private int _inOneStream;

    /// <summary>Whether somebody else moved the file away before it was in place.</summary>
    public bool WasLost { get; private set; }

    public IReadOnlyList<ChunkRun> Open(CancellationToken cancellationToken)
    {
        try
        {
            var there = FileIdentity.TryRead(local.FullPath);
            job.Target.Create(Path.GetDirectoryName(local.FullPath)!);
            if (there is { Kind: FileKind.Folder or FileKind.SymbolicLink or FileKind.Special })
            {
                throw FileGuard.Refuse(job.DisplayName, local, $"cannot be stored: a {there.Value.Kind} is in its place", "Remove it.");
            }

            if (there is { } finished)
            {
                if (finished.Size == local.File.Size && IsRight(cancellationToken))
                {
                    job.Reused(local.File.Size);
                    return [];
                }

                // Whatever is right in it need not be fetched.
                DirectoryProvider tree = new(new DirectoryProviderOptions { Name = job.Target.Name, Path = job.Target.Root }, time);
                chunks.Add(tree, job.Manifest, local.File);
            }

            var path = job.PartialPath(local.File);
            if (there is null && FileIdentity.TryRead(path) is null && chunks.LikenessOf(local.File) is { } older)
            {
                FileClone.TryCreate(older, path);
            }

            _partial = PartialFile.Open(local.File, path, job.Target.IsDisk);
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            throw StoreFailure.Writing(job.Target, job.DisplayName, local.FullPath, e);
        }

        if (_partial.IsComplete)
        {
            Finish();
        }

        return [.. ChunkRun.Cut(local.File, runLength)];
    }

    public async Task TransferAsync(ChunkRun run, StreamBuffer buffer, CancellationToken cancellationToken)
    {
        var partial = _partial!;
        if (partial.WasThere)
        {
            TakeOver(partial, run, cancellationToken);
        }

        await chunks.CopyAsync(run, new Target(this, partial, buffer, isReused: true), buffer.Hash, cancellationToken).ConfigureAwait(false);
        Target target = new(this, partial, buffer, isReused: false);
        foreach (var needed in run.Needed(partial.Needs))
        {
            if (Volatile.Read(ref _inOneStream) != 0)
            {
                // The one stream brings all that is missing.
                return;
            }

            try
            {
                await reader.ReadAsync(needed, target, buffer.Hash, cancellationToken).ConfigureAwait(false);
            }
            catch (RangesNotSupportedException)
            {
                if (Interlocked.Exchange(ref _inOneStream, 1) == 0)
                {
                    TransferLog.OneStream(logger, local.File.Path, job.DisplayName, job.Sources.Names);
                    await reader.ReadFromStartAsync(local.File, target, buffer.Hash, cancellationToken).ConfigureAwait(false);
                }

                return;
            }
        }
    }

    public void Dispose() => _partial?.Dispose();

    private void TakeOver(PartialFile partial, ChunkRun run, CancellationToken cancellationToken)
    {
        using ChunkHasher hasher = new();
        for (var chunk = run.First; chunk < run.End; chunk++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isComplete = false;
            if (partial.Needs(chunk) && InStore(() => partial.TryTakeOver(chunk, hasher, out isComplete)))
            {
                job.Reused(local.File.Chunks[chunk].Length);
            }

            job.Progress.Add(1);
            if (isComplete)
            {
                Finish();
            }
        }
    }

    private void Accept(PartialFile partial, int chunk, ReadOnlySpan<byte> bytes, bool isReused)
    {
        if (!partial.Needs(chunk))
        {
            return;
        }

        bool isComplete;
        try
        {
            if (!partial.Write(chunk, bytes, out isComplete))
            {
                return;
            }
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            throw StoreFailure.Writing(job.Target, job.DisplayName, job.PartialPath(local.File), e);
        }

        if (isReused)
        {
            job.Reused(bytes.Length);
        }
        else
        {
            job.Fetched(bytes.Length);
        }

        if (isComplete)
        {
            Finish();
        }
    }

    private void Finish()
    {
        try
        {
            if (job.Flush)
            {
                _partial!.Flush();
            }

            WasLost = !_partial!.TryPublish(local.FullPath);
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            throw StoreFailure.Writing(job.Target, job.DisplayName, local.FullPath, e);
        }
        finally
        {
            if (Volatile.Read(ref _inOneStream) == 0)
            {
                // Versions of many files would otherwise hold as many handles. Beside the one stream others may still look at the file.
                _partial!.Dispose();
            }
        }
    }

    private bool IsRight(CancellationToken cancellationToken)
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

            job.Progress.Add(1);
            offset += chunk.Length;
        }

        if (job.Flush && !OperatingSystem.IsWindows())
        {
            // Whoever put it there may not have flushed it, and a manifest is about to vouch for it.
            DurableFile.Flush(handle);
        }

        return true;
    }

    private T InStore<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (StoreFailure.IsOfFileSystem(e))
        {
            throw StoreFailure.Writing(job.Target, job.DisplayName, job.PartialPath(local.File), e);
        }
    }

    /// <summary>The partial file as the target of one stream.</summary>
    private sealed class Target(FileOnTheWay file, PartialFile partial, StreamBuffer buffer, bool isReused) : IChunkTarget
    {
        public bool Needs(int chunk) => partial.Needs(chunk);

        public Memory<byte> Place(int chunk) => buffer.Memory[..partial.File.Chunks[chunk].Length];

        public void Accept(int chunk) => file.Accept(partial, chunk, buffer.GetSpan()[..partial.File.Chunks[chunk].Length], isReused);
    }
}
