using System.Buffers.Binary;

namespace VoiceActivityApi.Speech;

/// <summary>Sound as clients send it: 16-bit samples of one channel at 16 kHz, bare or in a WAV file.</summary>
internal static class Pcm
{
    public const int Rate = 16000;

    private const int RiffHeader = 12;
    private const int ChunkHeader = 8;
    private const int FormatBytes = 16;

    /// <summary>Finds the samples, of two bytes each.</summary>
    /// <returns>Why there are none; null where they are found.</returns>
    public static string? Find(ReadOnlyMemory<byte> body, out ReadOnlyMemory<byte> samples)
    {
        samples = body;
        return IsWav(body.Span) ? FindInWav(body, out samples) : (body.Length & 1) == 0 ? null : "Samples have two bytes each, and the body has an odd number of bytes.";
    }

    public static void Read(ReadOnlySpan<byte> samples, Span<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadInt16LittleEndian(samples[(2 * i)..]) / 32768f;
        }
    }

    private static bool IsWav(ReadOnlySpan<byte> body) => body.Length >= RiffHeader && body.StartsWith("RIFF"u8) && body[8..].StartsWith("WAVE"u8);

    private static string? FindInWav(ReadOnlyMemory<byte> body, out ReadOnlyMemory<byte> samples)
    {
        samples = default;
        var isFormatKnown = false;
        for (var rest = body[RiffHeader..]; rest.Length >= ChunkHeader;)
        {
            var chunk = rest.Span;

            // A writer that did not know the length announces more than there is.
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]), (uint)(rest.Length - ChunkHeader));
            var content = rest.Slice(ChunkHeader, length);
            if (chunk.StartsWith("fmt "u8))
            {
                if (!IsSupported(content.Span))
                {
                    return $"The WAV file must hold 16-bit PCM, mono, at {Rate} Hz.";
                }

                isFormatKnown = true;
            }
            else if (chunk.StartsWith("data"u8))
            {
                samples = content[..(length & ~1)];
                return isFormatKnown ? null : "The WAV file has no format before its samples.";
            }

            // Chunks begin at even positions.
            rest = rest[Math.Min(ChunkHeader + length + (length & 1), rest.Length)..];
        }

        return "The WAV file has no samples.";
    }

    private static bool IsSupported(ReadOnlySpan<byte> format) =>
        format.Length >= FormatBytes
        && BinaryPrimitives.ReadUInt16LittleEndian(format) == 1
        && BinaryPrimitives.ReadUInt16LittleEndian(format[2..]) == 1
        && BinaryPrimitives.ReadUInt32LittleEndian(format[4..]) == Rate
        && BinaryPrimitives.ReadUInt16LittleEndian(format[14..]) == 16;
}
