using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Publishing;
using ModelPersistence.Tests.Repositories;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Publishing;

/// <summary>A writable repository and a folder to publish from.</summary>
internal sealed class PublishingFixture : IDisposable
{
    private readonly TemporaryFolder _source = new();

    public PublishingFixture()
    {
        Repository = Tree.Provider(acceptsPublishing: true);
        Publisher = NewPublisher();
    }

    public TestTree Tree { get; } = new();

    public DirectoryProvider Repository { get; }

    public ModelRepository Publisher { get; }

    public string Source => _source.Root;

    public ModelRepository NewPublisher(Action<PublishStep>? reached = null, params IStorageProvider[] before)
    {
        ProviderChain chain = new([.. before, Repository]);
        return new ModelRepository(chain, new ModelResolver(chain, NullLogger<ModelResolver>.Instance), TimeProvider.System, NullLogger<ModelRepository>.Instance, reached);
    }

    public string Write(string relative, string content = "x")
    {
        var path = _source[relative];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(content));
        return path;
    }

    public string SourcePath(string relative) => _source[relative];

    public Task<PublishedModel> PublishAsync(string version, PublishOptions? options = null) =>
        Publisher.PublishAsync(Source, "m", ModelVersion.Parse(version), options);

    /// <summary>What is in the repository, the library's own folders left out.</summary>
    public IEnumerable<string> Visible() =>
        Directory.EnumerateFiles(Tree.Root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Tree.Root, path).Replace('\\', '/'))
            .Where(static path => !path.Split('/').Any(static segment => segment.StartsWith('.')))
            .Order(StringComparer.Ordinal);

    public void Dispose()
    {
        Tree.Dispose();
        _source.Dispose();
    }
}
