using System.Security.Cryptography;
using ModelPersistence.Integrity;
using ModelPersistence.Models;

namespace ModelPersistence.Preparation;

/// <summary>Hashes and flushes an artifact's files, and writes its document last.</summary>
internal static class ArtifactWriter
{
    // Equal pieces, so that the hashing of a later start can use all cores.
    public const int PieceBytes = 4 << 20;

    public static long PieceCount(long size) => size is >= 0 and <= ManifestRules.MaxFileBytes
        ? (size + PieceBytes - 1) / PieceBytes
        : throw new FormatException("A file's size is out of range.");

    public static async Task<ModelFile> DescribeAsync(string folder, string name, CancellationToken cancellationToken)
    {
        using var handle = File.OpenHandle(Path.Combine(folder, name), FileMode.Open, FileAccess.ReadWrite);
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var size = RandomAccess.GetLength(handle);
        var buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(PieceBytes, Math.Max(size, 1)));
        List<ModelChunk> pieces = [];
        for (long offset = 0; offset < size;)
        {
            var length = 0;
            while (length < buffer.Length && offset + length < size)
            {
                var read = await RandomAccess.ReadAsync(handle, buffer.AsMemory(length), offset + length, cancellationToken).ConfigureAwait(false);
                length += read > 0 ? read : throw new EndOfStreamException($"'{name}' became shorter while it was hashed.");
            }

            whole.AppendData(buffer, 0, length);
            pieces.Add(new ModelChunk(length, Sha256Digest.Of(buffer.AsSpan(0, length))));
            offset += length;
        }

        RandomAccess.FlushToDisk(handle);
        return new ModelFile { Path = name, Size = size, Sha256 = new Sha256Digest(whole.GetHashAndReset()), Chunks = pieces };
    }

    /// <summary>Writes the document; returns its digest.</summary>
    public static async Task<Sha256Digest> WriteAsync(string folder, PreparedDocument document, CancellationToken cancellationToken)
    {
        var bytes = PreparedJson.Write(document);
        await DurableFile.WriteAsync(Path.Combine(folder, PreparedDocument.FileName), bytes, cancellationToken).ConfigureAwait(false);
        return Sha256Digest.Of(bytes);
    }
}
