using System.Buffers.Binary;
using System.Globalization;

namespace VoiceActivity;

/// <summary>A 16 kHz mono recording and the truth about it: when somebody speaks, and what is said.</summary>
internal sealed record Recording(float[] Samples, IReadOnlyList<Sentence> Sentences)
{
    public const int Rate = 16000;

    public double Seconds => (double)Samples.Length / Rate;

    public bool IsSpeechAt(double seconds) => Sentences.Any(sentence => seconds >= sentence.Start && seconds < sentence.End);

    /// <summary>Reads <paramref name="path"/> (WAV, 16-bit PCM) and the label file of the same name beside it.</summary>
    public static Recording Read(string path) => new(ReadSamples(File.ReadAllBytes(path)), [.. File.ReadLines(Path.ChangeExtension(path, ".txt")).Select(ReadSentence)]);

    private static float[] ReadSamples(ReadOnlySpan<byte> wav)
    {
        // RIFF: chunks of four letters, a length and that many bytes, padded to an even number.
        for (var chunk = wav[12..]; chunk.Length >= 8;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(chunk[4..]);
            if (chunk.StartsWith("fmt "u8) && (BinaryPrimitives.ReadInt16LittleEndian(chunk[10..]) != 1 || BinaryPrimitives.ReadInt32LittleEndian(chunk[12..]) != Rate))
            {
                throw new InvalidDataException($"The recording must be mono at {Rate} Hz.");
            }

            if (chunk.StartsWith("data"u8))
            {
                var samples = new float[length / 2];
                for (var i = 0; i < samples.Length; i++)
                {
                    samples[i] = BinaryPrimitives.ReadInt16LittleEndian(chunk[(8 + (2 * i))..]) / 32768f;
                }

                return samples;
            }

            chunk = chunk[(8 + length + (length & 1))..];
        }

        throw new InvalidDataException("The recording has no samples.");
    }

    private static Sentence ReadSentence(string line)
    {
        var fields = line.Split('\t');
        return new Sentence(double.Parse(fields[0], CultureInfo.InvariantCulture), double.Parse(fields[1], CultureInfo.InvariantCulture), fields[2]);
    }
}

/// <summary>Something said between two moments, in seconds from the beginning.</summary>
internal sealed record Sentence(double Start, double End, string Words);
