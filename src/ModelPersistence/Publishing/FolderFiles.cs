using Microsoft.Win32.SafeHandles;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>Copies the files of a source into a folder of the repository and flushes them.</summary>
internal sealed class FolderFiles(VolumeIo io, Action<PublishStep> reached)
{
    private const int BufferLength = 1 << 20;

    // What one flush has to write back must fit into the limit of one operation, also on a slow volume.
    private const long FlushEvery = 64L << 20;

    public async Task CopyAsync(string model, PublishSource source, string folder, CancellationToken cancellationToken)
    {
        // Not from a pool: a write that is given up on may still read from it.
        var buffer = new byte[BufferLength];
        foreach (var (relative, identity) in source.Files)
        {
            var local = LocalFile.In(source.Folder, [new ModelFile { Path = relative, Size = identity.Size, Sha256 = default, Chunks = [] }])[0];
            var target = Path.Join(folder, relative.Replace('/', Path.DirectorySeparatorChar));
            await CopyAsync(model, local, identity, target, buffer, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CopyAsync(string model, LocalFile local, FileIdentity identity, string target, byte[] buffer, CancellationToken cancellationToken)
    {
        using var input = OfSource(model, local, () => FileGuard.Open(model, local, identity));
        using var output = await io.RunAsync(() => Create(target, identity.Size), $"create '{target}'", cancellationToken).ConfigureAwait(false);
        for (long at = 0, unflushed = 0; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var position = at;

            // Never past the size it had: a file that somebody keeps writing to would have no end.
            var room = (int)Math.Min(buffer.Length, identity.Size - position);
            var read = room == 0 ? 0 : OfSource(model, local, () => RandomAccess.Read(input, buffer.AsSpan(0, room), position));
            at += read;
            unflushed += read;
            var flush = read == 0 || unflushed >= FlushEvery;
            await io.RunAsync(() => Write(output, buffer.AsSpan(0, read), position, flush), $"write '{target}'", cancellationToken).ConfigureAwait(false);
            reached(PublishStep.CopyBegun);
            if (read == 0)
            {
                break;
            }

            unflushed = flush ? 0 : unflushed;
        }

        if (FileIdentity.Read(input, local.FullPath) != identity)
        {
            throw FileGuard.Refuse(model, local, "changed while it was being published", "Let the writer finish and publish again.");
        }
    }

    private static T OfSource<T>(string model, LocalFile local, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw PublishSource.Unreadable(model, local.FullPath, e);
        }
    }

    private static SafeFileHandle Create(string target, long size)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);

        // The size is asked for at once, so that a full volume says so before hours of copying.
        return File.OpenHandle(target, FileMode.CreateNew, FileAccess.Write, FileShare.Read, FileOptions.None, size);
    }

    private static bool Write(SafeFileHandle output, ReadOnlySpan<byte> bytes, long position, bool flush)
    {
        RandomAccess.Write(output, bytes, position);
        if (flush)
        {
            DurableFile.Flush(output);
        }

        return true;
    }
}
