using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Tests.Repositories;

/// <summary>A provider whose every answer a test writes down.</summary>
internal sealed class StubProvider(string name) : IStorageProvider
{
    private readonly Dictionary<(string, ModelVersion), ManifestDocument> _versions = [];
    private readonly Dictionary<string, AliasDocument> _aliases = [];

    public string Name => name;

    public VerificationMode Verification => VerificationMode.BeforeUse;

    /// <summary>What every question meets instead of an answer.</summary>
    public Exception? Failure { get; set; }

    /// <summary>What every question waits for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>When alias documents that are written down from here on expire.</summary>
    public DateTimeOffset? Expires { get; set; }

    public int Questions { get; private set; }

    public StubProvider With(string model, string version, string content = "bytes")
    {
        _versions[(model, TestTree.V(version))] = Document(model, version, content);
        return this;
    }

    public StubProvider WithAliases(string model, long revision, params (string Alias, string Version)[] aliases)
    {
        _aliases[model] = new AliasDocument { FormatVersion = 1, Name = model, Revision = revision, Expires = Expires, Aliases = aliases.ToDictionary(static pair => pair.Alias, static pair => TestTree.Target(pair.Version)) };
        return this;
    }

    public static ManifestDocument Document(string model, string version, string content = "bytes") =>
        ManifestDocument.Create(new ModelManifest
        {
            FormatVersion = 1,
            Name = model,
            Version = TestTree.V(version),
            Created = DateTimeOffset.UnixEpoch,
            Entry = "model.onnx",
            Files = [new ModelFile { Path = "model.onnx", Size = 1, Sha256 = Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(content)), Chunks = [new(1, default)] }],
        });

    public async ValueTask<AliasDocument?> GetAliasesAsync(string model, CancellationToken cancellationToken)
    {
        await AnswerAsync(cancellationToken);
        return _aliases.GetValueOrDefault(model);
    }

    public async ValueTask<ManifestDocument?> GetManifestAsync(string model, ModelVersion version, CancellationToken cancellationToken)
    {
        await AnswerAsync(cancellationToken);
        return _versions.GetValueOrDefault((model, version));
    }

    public async IAsyncEnumerable<ModelVersion> ListVersionsAsync(string model, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await AnswerAsync(cancellationToken);
        foreach (var (of, version) in _versions.Keys)
        {
            if (of == model)
            {
                yield return version;
            }
        }
    }

    public async IAsyncEnumerable<string> ListModelsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await AnswerAsync(cancellationToken);
        foreach (var model in _versions.Keys.Select(static key => key.Item1).Distinct())
        {
            yield return model;
        }
    }

    public ValueTask<Stream> OpenReadAsync(ModelManifest manifest, ModelFile file, long offset, long length, CancellationToken cancellationToken) => throw new NotSupportedException();

    public string? GetLocalPath(ModelManifest manifest, ModelFile file) => null;

    private async Task AnswerAsync(CancellationToken cancellationToken)
    {
        Questions++;
        await Gate.WaitAsync(cancellationToken);
        if (Failure is not null)
        {
            throw Failure;
        }
    }
}
