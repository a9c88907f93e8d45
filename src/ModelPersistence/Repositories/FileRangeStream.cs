using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ModelPersistence.Repositories;

/// <summary>A range of a file of one volume, read forward only. The stream ends early where the file is shorter than the range.</summary>
internal sealed class FileRangeStream(
    SafeFileHandle handle, string path, long offset, long length, VolumeIo io, FileRangeStream.ReadAt? readAt = null) : ForwardStream
{
    internal delegate int ReadAt(SafeFileHandle handle, Span<byte> buffer, long offset);

    private const int MaxRead = 1 << 20;

    private readonly ReadAt _readAt = readAt ?? RandomAccess.Read;
    private long _position;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var wanted = Wanted(buffer.Length);
        if (wanted == 0)
        {
            return 0;
        }

        int read;
        if (!io.IsRemovable)
        {
            read = await io.RunAsync(() => _readAt(handle, buffer.Span[..wanted], offset + _position), What, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            // A read that is given up on may still write long after, so it gets a buffer of its own; only one that came back is reused.
            var own = ArrayPool<byte>.Shared.Rent(wanted);
            var at = offset + _position;
            read = await io.RunAsync(() => _readAt(handle, own.AsSpan(0, wanted), at), What, cancellationToken).ConfigureAwait(false);
            own.AsSpan(0, read).CopyTo(buffer.Span);
            ArrayPool<byte>.Shared.Return(own);
        }

        _position += read;
        return read;
    }

    public override int Read(Span<byte> buffer)
    {
        var read = _readAt(handle, buffer[..Wanted(buffer.Length)], offset + _position);
        _position += read;
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            handle.Dispose();
        }

        base.Dispose(disposing);
    }

    private string What => $"read '{path}'";

    private int Wanted(int room) => (int)Math.Min(Math.Min(room, MaxRead), length - _position);
}
