using System.Text;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Repositories;

/// <summary>A repository tree on disk, written by hand: what a provider reads must not depend on what the publisher writes.</summary>
internal sealed class TestTree : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Root => _folder.Root;

    public string this[string relative] => Path.Combine(Root, relative);

    public static ModelVersion V(string version) => ModelVersion.Parse(version);

    /// <summary>A version, or a split in the form in which one is printed: <c>1.0.0 (90), 2.0.0 (10)</c>.</summary>
    public static AliasTarget Target(string text) => text.Contains('(', StringComparison.Ordinal)
        ? AliasTarget.Split([.. text.Split(", ").Select(static split => split.TrimEnd(')').Split(" (")).Select(static split => new WeightedVersion(V(split[0]), int.Parse(split[1], System.Globalization.CultureInfo.InvariantCulture)))])
        : V(text);

    /// <summary>Writes a version with a manifest whose entry holds <paramref name="content"/>.</summary>
    public ManifestDocument AddVersion(string model, string version, string content = "bytes", string path = "model.onnx")
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        var document = ManifestDocument.Create(new ModelManifest
        {
            FormatVersion = ModelManifest.CurrentFormatVersion,
            Name = model,
            Version = V(version),
            Created = DateTimeOffset.UnixEpoch,
            Entry = path,
            Files = [new ModelFile { Path = path, Size = bytes.Length, Sha256 = Sha256Digest.Of(bytes), Chunks = bytes.Length == 0 ? [] : [new(bytes.Length, Sha256Digest.Of(bytes))] }],
        });
        Write($"{model}/{version}/{path}", bytes);
        Write($"{model}/{version}/manifest.json", document.Utf8Json.ToArray());
        return document;
    }

    public void AddAliases(string model, long revision, params (string Alias, string Version)[] aliases) =>
        Write($"{model}/aliases.json", DocumentReader.Write(new AliasDocument
        {
            FormatVersion = AliasDocument.CurrentFormatVersion,
            Name = model,
            Revision = revision,
            Aliases = aliases.ToDictionary(static pair => pair.Alias, static pair => Target(pair.Version)),
        }));

    public string Write(string relative, byte[] content)
    {
        var path = this[relative];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string Write(string relative, string content = "x") => Write(relative, Encoding.UTF8.GetBytes(content));

    public DirectoryProvider Provider(
        string name = "volume", bool allowUnmanifested = false, TimeSpan? timeout = null, TimeProvider? time = null, bool acceptsPublishing = false) =>
        new(new DirectoryProviderOptions { Name = name, Path = Root, AllowUnmanifested = allowUnmanifested, VolumeTimeout = timeout, AcceptsPublishing = acceptsPublishing }, time ?? TimeProvider.System);

    public void Dispose() => _folder.Dispose();
}
