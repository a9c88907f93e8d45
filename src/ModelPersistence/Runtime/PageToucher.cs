namespace ModelPersistence.Runtime;

/// <summary>
/// Brings pages of a mapping into memory. Pages in the page cache need one access per 64 KiB, which is what the kernel maps around a
/// fault. Pages that are not are read by several threads at once, since faults alone keep a device waiting.
/// </summary>
internal static unsafe class PageToucher
{
    private const int FaultAround = 64 << 10;
    private const int PieceBytes = 1 << 20;
    // Two were best where the device's own read-ahead is large, and no worse where it is small.
    private const int ReaderThreads = 2;

    public static void Touch(string path, byte* address, long length, ByteRange[] ranges, CancellationToken cancellationToken)
    {
        var pieces = Cut(ranges, length);
        if (pieces.Length == 0)
        {
            return;
        }

        if (!PageCache.LooksWarm(address, length, pieces))
        {
            ReadAhead(path, address, pieces, cancellationToken);
            return;
        }

        foreach (var piece in pieces)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            Fault(address, piece);
        }
    }

    // By hand and into an array: this runs while a process starts, where every generic over our own types would have to be compiled first.
    private static ByteRange[] Cut(ByteRange[] ranges, long length)
    {
        long count = 0;
        foreach (var range in ranges)
        {
            count += range.IsWithin(length) ? (range.Length + PieceBytes - 1) / PieceBytes : 0;
        }

        var pieces = new ByteRange[count];
        var next = 0;
        foreach (var range in ranges)
        {
            for (long done = 0; range.IsWithin(length) && done < range.Length; done += PieceBytes)
            {
                pieces[next++] = new ByteRange(range.Offset + done, Math.Min(PieceBytes, range.Length - done));
            }
        }

        return pieces;
    }

    private static void Fault(byte* address, ByteRange piece)
    {
        for (var offset = piece.Offset; offset < piece.Offset + piece.Length; offset = (offset + FaultAround) & ~(long)(FaultAround - 1))
        {
            _ = Volatile.Read(ref address[offset]);
        }
    }

    private static void ReadAhead(string path, byte* address, ByteRange[] pieces, CancellationToken cancellationToken)
    {
        var next = -1;
        var start = address;
        void Work()
        {
            try
            {
                using var handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
                var buffer = GC.AllocateUninitializedArray<byte>(PieceBytes);
                while (!cancellationToken.IsCancellationRequested && Interlocked.Increment(ref next) is var index && index < pieces.Length)
                {
                    var piece = pieces[index];
                    // A short read means that the file lost its end: faulting the page would then kill the process.
                    if (RandomAccess.Read(handle, buffer.AsSpan(0, (int)piece.Length), piece.Offset) < piece.Length)
                    {
                        return;
                    }

                    Fault(start, piece);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Whoever needs the bytes will meet the same fault and report it.
            }
        }

        // Threads of our own: a start must not wait for the pool to grow.
        var helpers = new Thread[Math.Min(ReaderThreads, pieces.Length) - 1];
        for (var i = 0; i < helpers.Length; i++)
        {
            helpers[i] = new Thread(Work, 256 << 10) { IsBackground = true, Name = "model read-ahead" };
            helpers[i].Start();
        }

        Work();
        foreach (var helper in helpers)
        {
            helper.Join();
        }
    }
}
