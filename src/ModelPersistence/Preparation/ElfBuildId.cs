using System.Buffers.Binary;

namespace ModelPersistence.Preparation;

/// <summary>Reads the build id of a 64-bit little-endian ELF library: a few small reads.</summary>
internal static class ElfBuildId
{
    private const uint NoteSegment = 4;
    private const uint BuildIdNote = 3;
    private const int MaxSegments = 64;
    private const int MaxNotes = 4096;

    public static string? TryRead(string path)
    {
        try
        {
            using var handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            Span<byte> header = stackalloc byte[64];
            if (RandomAccess.Read(handle, header, 0) < header.Length || !header.StartsWith((ReadOnlySpan<byte>)[0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            {
                return null;
            }

            var tableOffset = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
            var entrySize = BinaryPrimitives.ReadUInt16LittleEndian(header[54..]);
            var entries = Math.Min((int)BinaryPrimitives.ReadUInt16LittleEndian(header[56..]), MaxSegments);
            Span<byte> segment = stackalloc byte[56];
            Span<byte> notes = stackalloc byte[MaxNotes];
            for (var i = 0; i < entries && entrySize >= segment.Length && tableOffset > 0; i++)
            {
                if (RandomAccess.Read(handle, segment, tableOffset + (i * entrySize)) < segment.Length || BinaryPrimitives.ReadUInt32LittleEndian(segment) != NoteSegment)
                {
                    continue;
                }

                var offset = BinaryPrimitives.ReadInt64LittleEndian(segment[8..]);
                var size = (int)Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(segment[32..]), 0, MaxNotes);
                var read = offset < 0 ? 0 : RandomAccess.Read(handle, notes[..size], offset);
                if (FindBuildId(notes[..read]) is { } id)
                {
                    return id;
                }
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? FindBuildId(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= 12)
        {
            var nameSize = BinaryPrimitives.ReadUInt32LittleEndian(notes);
            var contentSize = BinaryPrimitives.ReadUInt32LittleEndian(notes[4..]);
            var type = BinaryPrimitives.ReadUInt32LittleEndian(notes[8..]);
            var contentStart = 12 + Padded(nameSize);
            if (contentStart + Padded(contentSize) > notes.Length)
            {
                return null;
            }

            if (type == BuildIdNote && contentSize >= 8 && notes[12..].StartsWith("GNU\0"u8))
            {
                return Convert.ToHexStringLower(notes.Slice((int)contentStart, (int)contentSize));
            }

            notes = notes[(int)(contentStart + Padded(contentSize))..];
        }

        return null;
    }

    private static long Padded(uint size) => ((long)size + 3) & ~3L;
}
