using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Models;
using ModelPersistence.Preparation;
using ModelPersistence.Repositories;
using ModelPersistence.Runtime;
using ModelPersistence.Store;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Preparation;

/// <summary>A model, a store and what prepares the one into the other; several scenes on one folder are several processes.</summary>
internal sealed class PreparationScene : IDisposable
{
    private readonly TemporaryFolder? _own;

    public PreparationScene(string? root = null, ICrossProcessLocks? locks = null, string? runtime = null, string? cpu = null, IReadOnlyList<PreparedRoot>? baked = null)
    {
        _own = root is null ? new TemporaryFolder() : null;
        Root = root ?? _own!.Root;
        Store = new StoreFolder(Path.Combine(Root, "store"), "cache", TimeProvider.System, StoreFolderKind.Cache);
        Artifacts = new PreparedArtifacts(baked ?? [], [Store], Store, TimeProvider.System, NullLogger<PreparedArtifacts>.Instance)
        {
            RuntimeText = runtime,
            CpuText = cpu,
        };
        Preparer = new ModelPreparer(Artifacts, [Store], locks ?? new CrossProcessLocks(TimeProvider.System), TimeProvider.System, NullLogger<ModelPreparer>.Instance);
    }

    public string Root { get; }

    public StoreFolder Store { get; }

    public PreparedArtifacts Artifacts { get; }

    public ModelPreparer Preparer { get; }

    public SessionSettings Settings { get; init; } = SessionSettings.Default;

    public WarmupHints? Hints { get; init; }

    public static Sha256Digest Digest { get; } = Sha256Digest.Of("model"u8);

    public LocalModel Save(OnnxModelBuilder model, string file = "model.onnx")
    {
        var path = Path.Combine(Root, "models", file);
        model.Save(path);
        return Local(path);
    }

    public static LocalModel Local(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        var version = ModelVersion.Parse("1.0.0");
        List<string> files = [.. Directory.EnumerateFiles(folder).Select(Path.GetFileName).Cast<string>().Order(StringComparer.Ordinal)];
        return new LocalModel(
            new ResolvedModel
            {
                Reference = ModelReference.For("cats", version),
                Version = version,
                Provider = null!,
                Unmanifested = new UnmanifestedModel("cats", version, folder, Path.GetFileName(path), files),
            },
            path,
            TrustBasis.Unverified);
    }

    public Task<PreparedArtifact> PrepareAsync(ArtifactKind kind, LocalModel local, CancellationToken cancellationToken, IReadOnlyList<GoldenSample>? samples = null) =>
        Preparer.PrepareAsync(kind, local, Digest, Settings, Hints, samples, cancellationToken);

    public async Task<PreparedArtifact?> FindAsync(ArtifactKind kind, CancellationToken cancellationToken) =>
        await Artifacts.FindAsync(kind, Digest, Settings, cancellationToken);

    public string FolderOf(ArtifactKind kind) => Store.PreparedPath(Artifacts.KeyOf(kind, Digest, Settings).Name);

    public string[] FoldersInStore() => Directory.Exists(Store.Prepared) ? Directory.GetDirectories(Store.Prepared) : [];

    /// <summary>The outputs of the original and of an artifact to the same inputs.</summary>
    public (IReadOnlyDictionary<string, TensorValue> Original, IReadOnlyDictionary<string, TensorValue> Prepared) RunBoth(LocalModel local, PreparedArtifact artifact, Packing packing)
    {
        using var original = SessionOpener.OpenOriginal("cats", local.EntryPath, Settings, spin: false);
        using var prepared = SessionOpener.Open("cats", artifact, Settings, packing, spin: false);
        using var inputs = InputSynthesizer.Create("cats", original.Session, Hints);
        return (ModelRun.Run("cats", original.Session, inputs), ModelRun.Run("cats", prepared.Session, inputs));
    }

    public void Dispose()
    {
        Preparer.Dispose();
        _own?.Dispose();
    }
}
