using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ModelPersistence.Models;

/// <summary>A SHA-256 digest (32 bytes). Written as <c>sha256:</c> and 64 lowercase hexadecimal digits.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public readonly struct Sha256Digest : IEquatable<Sha256Digest>
{
    /// <summary>The length of a digest in bytes.</summary>
    public const int Size = 32;

    private const string Prefix = "sha256:";

    // Four words and not two of 128 bits: code that touches a UInt128 is never compiled ahead of time, and a digest is everywhere.
    private readonly ulong _word0;
    private readonly ulong _word1;
    private readonly ulong _word2;
    private readonly ulong _word3;

    /// <summary>Wraps 32 raw bytes.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 32 bytes long.</exception>
    public Sha256Digest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"A SHA-256 digest has {Size} bytes, not {bytes.Length}.", nameof(bytes));
        }

        _word0 = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _word1 = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _word2 = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _word3 = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>The digest of <paramref name="data"/>.</summary>
    public static Sha256Digest Of(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(data, hash);
        return new Sha256Digest(hash);
    }

    /// <summary>The 64 lowercase hexadecimal digits, without the prefix.</summary>
    public string Hex
    {
        get
        {
            Span<byte> bytes = stackalloc byte[Size];
            CopyTo(bytes);
            return Convert.ToHexStringLower(bytes);
        }
    }

    /// <summary>Writes the 32 raw bytes to the start of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than 32 bytes.</exception>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _word0);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _word1);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _word2);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _word3);
    }

    /// <summary>Reads <c>sha256:hex</c> or the bare 64 hexadecimal digits; lowercase only.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Sha256Digest digest)
    {
        digest = default;
        if (text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            text = text[Prefix.Length..];
        }

        Span<byte> bytes = stackalloc byte[Size];
        if (text.Length != 2 * Size
            || text.ContainsAnyInRange('A', 'Z')
            || Convert.FromHexString(text, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        digest = new Sha256Digest(bytes);
        return true;
    }

    /// <summary>Reads <c>sha256:hex</c> or the bare 64 hexadecimal digits; lowercase only.</summary>
    /// <exception cref="FormatException">The text is not a digest.</exception>
    public static Sha256Digest Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var digest)
            ? digest
            : throw new FormatException($"'{text}' is not a SHA-256 digest: 64 lowercase hexadecimal digits are expected.");

    /// <inheritdoc/>
    public bool Equals(Sha256Digest other) =>
        _word0 == other._word0 && _word1 == other._word1 && _word2 == other._word2 && _word3 == other._word3;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Sha256Digest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _word3.GetHashCode();

    /// <summary>The prefixed form, <c>sha256:hex</c>.</summary>
    public override string ToString() => Prefix + Hex;

    /// <summary>Whether two digests are the same.</summary>
    public static bool operator ==(Sha256Digest left, Sha256Digest right) => left.Equals(right);

    /// <summary>Whether two digests differ.</summary>
    public static bool operator !=(Sha256Digest left, Sha256Digest right) => !left.Equals(right);
}
