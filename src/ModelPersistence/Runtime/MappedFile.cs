using System.IO.MemoryMappedFiles;

namespace ModelPersistence.Runtime;

/// <summary>
/// A whole file, mapped for reading. Safe for concurrent use: a touch in flight holds the mapping, so disposal takes effect when the touch ends.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _address;
    private int _disposed;

    private MappedFile(string path, long length, MemoryMappedFile file)
    {
        (Path, Length, _file) = (path, length, file);
        _view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _address);
        _address += _view.PointerOffset;
    }

    public string Path { get; }

    public long Length { get; }

    /// <summary>The first byte; valid until disposal.</summary>
    public nint Address => (nint)_address;

    /// <exception cref="IOException">The file is missing, empty or cannot be mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static MappedFile Open(string path)
    {
        // No sharing mode that .NET would turn into an advisory lock: those can hang on network volumes.
        var handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        MemoryMappedFile? file = null;
        try
        {
            var length = RandomAccess.GetLength(handle);
            if (length == 0)
            {
                throw new IOException($"'{path}' is empty and cannot be mapped.");
            }

            file = MemoryMappedFile.CreateFromFile(handle, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            return new MappedFile(path, length, file);
        }
        catch
        {
            file?.Dispose();
            handle.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Brings the ranges into memory, and blocks until they are. Returns quietly when the mapping is gone, the token is cancelled or the
    /// file cannot be read: a touch is only ever a head start.
    /// </summary>
    public void Touch(IReadOnlyList<ByteRange> ranges, CancellationToken cancellationToken)
    {
        var view = _view.SafeMemoryMappedViewHandle;
        var held = false;
        try
        {
            // The mapping stays for as long as it is held, whoever disposes it meanwhile.
            view.DangerousAddRef(ref held);
            PageToucher.Touch(Path, _address, Length, ranges as ByteRange[] ?? [.. ranges], cancellationToken);
        }
        catch (ObjectDisposedException)
        {
            // Disposed before the touch began: nobody needs the pages any more.
        }
        finally
        {
            if (held)
            {
                view.DangerousRelease();
            }
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
