using ModelPersistence.Integrity;
using ModelPersistence.Models;

namespace ModelPersistence.Tests.Integrity;

/// <summary>Files with known content and small chunks, so that a few kilobytes have many.</summary>
internal static class TestFiles
{
    public const int ChunkLength = 4096;

    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>The description of a content, cut every few kilobytes.</summary>
    public static ModelFile Describe(string path, ReadOnlySpan<byte> content)
    {
        List<ModelChunk> chunks = [];
        for (var offset = 0; offset < content.Length; offset += ChunkLength)
        {
            var chunk = content.Slice(offset, Math.Min(ChunkLength, content.Length - offset));
            chunks.Add(new ModelChunk(chunk.Length, Sha256Digest.Of(chunk)));
        }

        return new ModelFile { Path = path, Size = content.Length, Sha256 = Sha256Digest.Of(content), Chunks = chunks };
    }

    /// <summary>Writes a file and describes it.</summary>
    public static LocalFile Write(string folder, string path, byte[] content)
    {
        var local = LocalFile.In(folder, [Describe(path, content)])[0];
        Directory.CreateDirectory(Path.GetDirectoryName(local.FullPath)!);
        File.WriteAllBytes(local.FullPath, content);

        // To the precision that .NET can set, so that the time can be put back exactly.
        File.SetLastWriteTimeUtc(local.FullPath, File.GetLastWriteTimeUtc(local.FullPath));
        return local;
    }

    /// <summary>Changes one byte and puts size and modification time back, as somebody would who wants it unnoticed.</summary>
    public static void AlterUnnoticed(string path, int offset = 5000)
    {
        var modified = File.GetLastWriteTimeUtc(path);
        using (var stream = File.Open(path, FileMode.Open, FileAccess.ReadWrite))
        {
            stream.Position = offset;
            var old = stream.ReadByte();
            stream.Position = offset;
            stream.WriteByte((byte)~old);
        }

        File.SetLastWriteTimeUtc(path, modified);
    }
}
