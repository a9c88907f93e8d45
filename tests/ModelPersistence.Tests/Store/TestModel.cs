using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Integrity;

namespace ModelPersistence.Tests.Store;

/// <summary>A version with a small entry and weights of many chunks.</summary>
internal sealed record TestModel(ManifestDocument Document, IReadOnlyDictionary<string, byte[]> Content)
{
    public const int WeightsLength = 50 * TestFiles.ChunkLength;

    public string Name => Document.Manifest.Name;

    public ModelVersion Version => Document.Manifest.Version;

    public static TestModel Create(string name = "m", string version = "1.0.0", int seed = 1, int weightsLength = WeightsLength)
    {
        Dictionary<string, byte[]> content = new(StringComparer.Ordinal)
        {
            ["model.onnx"] = TestFiles.Bytes(5000, seed),
            ["data/weights.bin"] = TestFiles.Bytes(weightsLength, seed + 1000),
        };
        return new TestModel(
            ManifestDocument.Create(new ModelManifest
            {
                FormatVersion = ModelManifest.CurrentFormatVersion,
                Name = name,
                Version = ModelVersion.Parse(version),
                Created = DateTimeOffset.UnixEpoch,
                Entry = "model.onnx",
                Files = [.. content.Select(static file => TestFiles.Describe(file.Key, file.Value))],
            }),
            content);
    }

    public ResolvedModel At(IStorageProvider provider) => new()
    {
        Reference = ModelReference.For(Name, Version),
        Version = Version,
        Provider = provider,
        Document = Document,
    };

    /// <summary>Puts the version into a tree, as any tool could.</summary>
    public string WriteTo(string root)
    {
        var folder = Path.Combine(root, Name, Version.ToString());
        foreach (var (path, content) in Content)
        {
            TestFiles.Write(folder, path, content);
        }

        File.WriteAllBytes(Path.Combine(folder, "manifest.json"), Document.Utf8Json.ToArray());
        return folder;
    }

    /// <summary>Whether a folder holds the version, byte for byte.</summary>
    public void AssertIn(string folder)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var (path, content) in Content)
            {
                Assert.That(File.ReadAllBytes(Path.Combine(folder, path)).AsSpan().SequenceEqual(content), Is.True, path);
            }

            Assert.That(File.ReadAllBytes(Path.Combine(folder, "manifest.json")).AsSpan().SequenceEqual(Document.Utf8Json.Span), Is.True, "manifest.json");
        }
    }

    public LocalFile[] In(string folder) => LocalFile.In(folder, Document.Manifest.Files);
}
