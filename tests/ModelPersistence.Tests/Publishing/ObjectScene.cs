using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Repositories;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Publishing;

/// <summary>A repository in an object store and a folder to publish from.</summary>
internal sealed class ObjectScene : IDisposable
{
    private readonly TemporaryFolder _source = new();

    public ObjectScene(InMemoryObjectStore? store = null)
    {
        Store = store ?? new InMemoryObjectStore("bucket");
        Repository = new ObjectRepository("bucket", Store);
        Publisher = NewPublisher();
    }

    public InMemoryObjectStore Store { get; }

    public ObjectRepository Repository { get; }

    public ModelRepository Publisher { get; }

    public string Source => _source.Root;

    public ModelRepository NewPublisher(Action<PublishStep>? reached = null, params IStorageProvider[] before) => Over([.. before, Repository], reached);

    public static ModelRepository Over(IEnumerable<IStorageProvider> providers, Action<PublishStep>? reached = null, TimeProvider? time = null)
    {
        ProviderChain chain = new(providers);
        return new ModelRepository(
            chain, new ModelResolver(chain, NullLogger<ModelResolver>.Instance), time ?? new ImpatientTimeProvider(), NullLogger<ModelRepository>.Instance, reached);
    }

    public string Write(string relative, string content = "x") => Write(relative, Encoding.UTF8.GetBytes(content));

    public string Write(string relative, byte[] content)
    {
        var path = _source[relative];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string SourcePath(string relative) => _source[relative];

    public Task<PublishedModel> PublishAsync(string version, PublishOptions? options = null) =>
        Publisher.PublishAsync(Source, "m", ModelVersion.Parse(version), options);

    public ValueTask<AliasDocument?> AliasesAsync() => Repository.GetAliasesAsync("m", default);

    public Task<ManifestDocument?> ManifestAsync(string version = "1.0.0") => Repository.GetManifestAsync("m", ModelVersion.Parse(version), default).AsTask();

    /// <summary>The keys of a version without the random part of a publication's folder.</summary>
    public IEnumerable<string> Shapes() => Store.Keys.Select(static key => System.Text.RegularExpressions.Regex.Replace(key, "publish-[0-9a-f]{12}", "publish-*"));

    /// <summary>Every visible version must be whole, byte for byte. Looks past the store's calls, so that it can be asked between any two of them.</summary>
    public static IEnumerable<string> Flaws(InMemoryObjectStore store)
    {
        foreach (var key in store.Keys.Where(static key => key.EndsWith("/manifest.json", StringComparison.Ordinal)))
        {
            var (model, version) = (key.Split('/')[0], ModelVersion.Parse(key.Split('/')[1]));
            var manifest = ManifestDocument.Parse(model, version, store.Get(key)!).Manifest;
            foreach (var file in manifest.Files)
            {
                var bytes = store.Get($"{model}/{version}/{file.StoredAt}");
                if (bytes is null || Sha256Digest.Of(bytes) != file.Sha256)
                {
                    yield return $"{model} {version}: '{file.StoredAt}' is {(bytes is null ? "missing" : "wrong")}";
                }
            }
        }
    }

    public void Dispose() => _source.Dispose();
}
