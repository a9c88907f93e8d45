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
    private const int There = 1;

    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly int[] _chunks;
    private int _missing;

    private PartialFile(ModelFile file, string path, SafeFileHandle handle)
    {
        (File, _path, _handle, _missing) = (file, path, handle, file.Chunks.Count);
        _chunks = new int[file.Chunks.Count];
        Offsets = new long[file.Chunks.Count];
        for (var i = 1; i < Offsets.Length; i++)
        {
            Offsets[i] = Offsets[i - 1] + file.Chunks[i - 1].Length;
        }
    }

    public ModelFile File { get; }

    /// <summary>The offsets of the chunks.</summary>
    public long[] Offsets { get; }

    /// <summary>Whether the file existed before, so that chunks may be in it.</summary>
    public bool WasThere { get; private set; }

    /// <summary>Whether all chunks are there.</summary>
    public bool IsComplete => Volatile.Read(ref _missing) == 0;

    /// <summary>Opens or creates the partial file.</summary>
    /// <param name="file">What is to become of it.</param>
    /// <param name="path">Where it lies.</param>
    /// <param name="reserve">Whether the blocks of a new one are reserved, so that it is laid out in order however it is written.</param>
    public static PartialFile Open(ModelFile file, string path, bool reserve)
    {
        var handle = System.IO.File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        PartialFile partial = new(file, path, handle);
        try
        {
            var length = RandomAccess.GetLength(handle);
            partial.WasThere = length > 0;
            if (length != file.Size)
            {
                if (reserve && !partial.WasThere)
                {
                    NativeFile.Reserve(handle, path, file.Size);
                }

                RandomAccess.SetLength(handle, file.Size);
            }

            return partial;
        }
        catch
        {
            partial.Dispose();
            throw;
        }
    }

    /// <summary>Whether a chunk is not known to be there.</summary>
    public bool Needs(int chunk) => Volatile.Read(ref _chunks[chunk]) != There;

    /// <summary>Looks whether a chunk is there already. <paramref name="isComplete"/> is true for the one that completes the file.</summary>
    public bool TryTakeOver(int chunk, ChunkHasher hasher, out bool isComplete)
    {
        isComplete = false;
        return hasher.TryHash(_handle, Offsets[chunk], File.Chunks[chunk].Length, out var actual)
            && actual == File.Chunks[chunk].Sha256
            && Mark(chunk, out isComplete);
    }

    /// <summary>Writes a chunk whose hash matched. False when somebody else did so meanwhile. <paramref name="isComplete"/> is true for the one that completes the file.</summary>
    public bool Write(int chunk, ReadOnlySpan<byte> verified, out bool isComplete)
    {
        RandomAccess.Write(_handle, verified, Offsets[chunk]);
        return Mark(chunk, out isComplete);
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

    /// <summary>Two streams may bring the same chunk; it counts once.</summary>
    private bool Mark(int chunk, out bool isComplete)
    {
        var isFirst = Interlocked.Exchange(ref _chunks[chunk], There) != There;
        isComplete = isFirst && Interlocked.Decrement(ref _missing) == 0;
        return isFirst;
    }

    private bool IsThisFile(string path)
    {
        var mine = FileIdentity.Read(_handle, path);
        return FileIdentity.TryRead(path) is { } there && (there.Inode, there.Device) == (mine.Inode, mine.Device);
    }
}
