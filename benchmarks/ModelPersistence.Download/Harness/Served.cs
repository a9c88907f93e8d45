using System.Security.Cryptography;

namespace ModelPersistence.Download.Harness;

/// <summary>A published version as a client sees it.</summary>
/// <param name="Reference">Its name with its version.</param>
/// <param name="Prefix">The folder of its files below the bucket.</param>
/// <param name="Files">Their names with their sizes and SHA-256.</param>
internal sealed record Served(string Reference, string Prefix, IReadOnlyDictionary<string, (long Size, string Sha256)> Files)
{
    public long Bytes => Files.Values.Sum(static file => file.Size);

    public double Gigabytes => Bytes / 1e9;

    /// <summary>The key of the only file.</summary>
    public string Key => $"{Prefix}/{Files.Keys.Single()}";

    public static Served Read(string repository, string name, string version)
    {
        var files = Directory.GetFiles(Path.Combine(repository, name, version), "*.onnx", SearchOption.AllDirectories);
        return new Served(
            $"{name}:{version}",
            Path.GetRelativePath(repository, Path.GetDirectoryName(files[0])!),
            files.ToDictionary(static file => Path.GetFileName(file), static file => (new FileInfo(file).Length, Sha256(file))));
    }

    /// <summary>Makes sure that a download is whole; its bytes are compared only where <paramref name="thoroughly"/>, since that takes time.</summary>
    public void Check(string contender, string target, bool parts, bool thoroughly)
    {
        if (parts)
        {
            var length = Directory.EnumerateFiles(target).Sum(static file => new FileInfo(file).Length);
            Require(length == Bytes, $"{length} bytes in parts, not {Bytes}");
            return;
        }

        var found = Directory.EnumerateFiles(target, "*.onnx", SearchOption.AllDirectories).ToDictionary(static file => Path.GetFileName(file));
        foreach (var (name, (size, digest)) in Files)
        {
            Require(found.TryGetValue(name, out var path), $"no {name}");
            Require(new FileInfo(path!).Length == size, $"{name} with {new FileInfo(path!).Length} bytes, not {size}");
            Require(!thoroughly || Sha256(path!) == digest, $"{name} with wrong bytes");
        }

        void Require(bool condition, string found)
        {
            if (!condition)
            {
                throw new InvalidDataException($"'{contender}' left {found}.");
            }
        }
    }

    private static string Sha256(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
