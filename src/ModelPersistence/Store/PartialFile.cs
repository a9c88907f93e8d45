using Microsoft.Win32.SafeHandles;
using ModelPersistence.Integrity;
using ModelPersistence.Models;

namespace ModelPersistence.Store;

/// <summary>
/// A file on its way into the store. It is named by digests, opened without truncation, and only bytes whose chunk hash matched are
/// written, each at its offset: any two writers write the same bytes. What is there is known by hashing it, never by a journal.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private int _missing;

    private PartialFile(ModelFile file, string path, SafeFileHandle handle) => (File, _path, _handle) = (file, path, handle);

    public ModelFile File { get; }

    /// <summary>The chunks that are not there yet, by index, ascending. Set by <see cref="Open"/>.</summary>
    public IReadOnlyList<int> Missing { get; private set; } = [];

    /// <summary>The offsets of the chunks.</summary>
    public long[] Offsets { get; private set; } = [];

    /// <summary>Bytes that did not have to be fetched.</summary>
    public long ReusedBytes { get; private set; }

    /// <summary>Opens or creates the partial file and takes over what is good in it and in <paramref name="seed"/>, a damaged or older form of the file.</summary>
    public static PartialFile Open(ModelFile file, string path, string? seed, ReadProgress progress, CancellationToken cancellationToken)
    {
        var handle = System.IO.File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        PartialFile partial = new(file, path, handle);
        try
        {
            partial.TakeOver(seed, progress, cancellationToken);
            return partial;
        }
        catch
        {
            partial.Dispose();
            throw;
        }
    }

    /// <summary>Writes a chunk whose hash matched. True for the one that completed the file.</summary>
    public bool Write(int chunk, ReadOnlySpan<byte> verified)
    {
        RandomAccess.Write(_handle, verified, Offsets[chunk]);
        return Interlocked.Decrement(ref _missing) == 0;
    }

    /// <summary>Flushes the content, so that a rename never publishes what a power loss could take back.</summary>
    public void Flush() => DurableFile.Flush(_handle);

    /// <summary>Renames the finished file into place. False when another writer of the same bytes did so first.</summary>
    /// <remarks>
    /// After that, the name can lead to the unfinished file of a third writer, who looked before. So the file is first taken to a name
    /// that nobody else knows, and goes into place only when it is this one.
    /// </remarks>
    public bool TryPublish(string destination)
    {
        if (!IsThisFile(_path))
        {
            return false;
        }

        var taken = DurableFile.TemporaryBeside(_path);
        try
        {
            System.IO.File.Move(_path, taken);
        }
        catch (FileNotFoundException)
        {
            return false;
        }

        try
        {
            if (IsThisFile(taken))
            {
                System.IO.File.Move(taken, destination, overwrite: true);
                return true;
            }
        }
        catch
        {
            System.IO.File.Move(taken, _path, overwrite: true);
            throw;
        }

        System.IO.File.Move(taken, _path, overwrite: true);
        return false;
    }

    public void Dispose() => _handle.Dispose();

    private bool IsThisFile(string path)
    {
        var mine = FileIdentity.Read(_handle, path);
        return FileIdentity.TryRead(path) is { } there && (there.Inode, there.Device) == (mine.Inode, mine.Device);
    }

    private void TakeOver(string? seed, ReadProgress progress, CancellationToken cancellationToken)
    {
        var wasThere = RandomAccess.GetLength(_handle) > 0;
        if (RandomAccess.GetLength(_handle) != File.Size)
        {
            RandomAccess.SetLength(_handle, File.Size);
        }

        using var seedHandle = seed is null ? null : System.IO.File.OpenHandle(seed, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using ChunkHasher hasher = new();
        Offsets = new long[File.Chunks.Count];
        List<int> missing = [];
        long offset = 0;
        for (var i = 0; i < Offsets.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var chunk = File.Chunks[i];
            Offsets[i] = offset;
            if ((wasThere && Holds(_handle, offset, chunk, hasher)) || (seedHandle is not null && CopyFrom(seedHandle, offset, chunk)))
            {
                ReusedBytes += chunk.Length;
            }
            else
            {
                missing.Add(i);
            }

            progress.Add(1);
            offset += chunk.Length;
        }

        (Missing, _missing) = (missing, missing.Count);
    }

    private static bool Holds(SafeFileHandle handle, long offset, ModelChunk chunk, ChunkHasher hasher) =>
        hasher.TryHash(handle, offset, chunk.Length, out var actual) && actual == chunk.Sha256;

    private bool CopyFrom(SafeFileHandle seed, long offset, ModelChunk chunk)
    {
        // Hashed in memory after it was read: what is written is what was compared.
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(chunk.Length);
        try
        {
            var bytes = buffer.AsSpan(0, chunk.Length);
            for (var read = 0; read < bytes.Length;)
            {
                var count = RandomAccess.Read(seed, bytes[read..], offset + read);
                if (count == 0)
                {
                    return false;
                }

                read += count;
            }

            if (Sha256Digest.Of(bytes) != chunk.Sha256)
            {
                return false;
            }

            RandomAccess.Write(_handle, bytes, offset);
            return true;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
