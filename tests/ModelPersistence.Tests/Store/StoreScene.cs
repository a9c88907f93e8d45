using Microsoft.Extensions.Logging;
using ModelPersistence.Configuration;
using ModelPersistence.Integrity;
using ModelPersistence.Repositories;
using ModelPersistence.Store;
using ModelPersistence.Transfer;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Store;

/// <summary>A host with a local cache, perhaps shared volumes, perhaps providers far away, and a clock of its own.</summary>
internal sealed class StoreScene : IAsyncDisposable
{
    /// <summary>Waits for nothing: the clock of these tests may run ahead of the disk.</summary>
    public static readonly TransferSettings Patient = new() { FirstBackoff = TimeSpan.Zero, StallTimeout = TimeSpan.FromDays(1) };

    /// <summary>One range after the other.</summary>
    public static readonly TransferSettings OneStream = Patient with { MaxStreams = 1 };

    private readonly List<ModelStore> _stores = [];

    public TemporaryFolder Folder { get; } = new();

    public ManualTimeProvider Time { get; } = new();

    public RecordingLogger Log { get; } = new();

    public StoreSettings Settings { get; init; } = new() { Transfer = Patient };

    public ICrossProcessLocks? Locks { get; init; }

    public List<IStorageProvider> Chain { get; } = [];

    public IArtifactCatalog? Artifacts { get; init; }

    /// <summary>The upkeep of the store that was started last, and its cache.</summary>
    public StoreUpkeep Upkeep { get; private set; } = null!;

    public StoreFolder Cache { get; private set; } = null!;

    public List<StoreFolder> Shared { get; } = [];

    public string CachePath => Folder["cache"];

    public RemoteProvider AddRemote(TestModel model, string name = "remote")
    {
        RemoteProvider remote = new RemoteProvider(name).With(model);
        Chain.Add(remote);
        return remote;
    }

    /// <summary>A tree that is read in place, such as one baked into an image.</summary>
    public DirectoryProvider AddTree(string folder, string name = "tree", VerificationMode verification = VerificationMode.BeforeUse, bool localPaths = true)
    {
        Directory.CreateDirectory(Folder[folder]);
        DirectoryProvider provider = new(new DirectoryProviderOptions { Name = name, Path = Folder[folder], Verification = verification, LocalPaths = localPaths }, TimeProvider.System);
        Chain.Add(provider);
        return provider;
    }

    /// <summary>A volume that other hosts share; the folder is created so that it counts as mounted.</summary>
    public DirectoryProvider AddVolume(string folder = "volume", MapFrom mapFrom = MapFrom.InPlace, byte[]? key = null, bool isNetwork = false, VerificationMode verification = VerificationMode.BeforeUse)
    {
        var provider = AddTree(folder, folder, verification);
        Shared.Add(new StoreFolder(Folder[folder], folder, Time, StoreFolderKind.Shared, mapFrom, key, isNetwork));
        return provider;
    }

    /// <summary>A store as a process that starts now would have it.</summary>
    public ModelStore Start(string? cachePath = null)
    {
        StoreFolder cache = new(cachePath ?? CachePath, "cache", Time, StoreFolderKind.Cache, isNetwork: false);
        Upkeep = new StoreUpkeep(Settings, Shared, cache, Artifacts, Time, new Logger<StoreUpkeep>(new LoggerFactory([Log])));
        Cache = cache;
        ModelStore store = new(Settings, Chain, Shared, cache, Time, new Logger<ModelStore>(new LoggerFactory([Log])), Locks, Upkeep);
        lock (_stores)
        {
            _stores.Add(store);
        }

        return store;
    }

    public async Task<LocalModel> EnsureAsync(ModelStore store, ResolvedModel model, CancellationToken cancellationToken = default) =>
        await store.VerifyAsync(await store.FetchAsync(model, keepGoing: false, cancellationToken), keepGoing: false, cancellationToken);

    /// <summary>Lets the clock run past the time in which a change could hide, until the records that waited for it are written.</summary>
    public async Task RestAsync(ModelStore store)
    {
        while (!store.WhenRecorded().IsCompleted)
        {
            Time.Advance(VerificationRecords.FreshFor);
            await Task.Yield();
        }

        await store.WhenRecorded();
    }

    /// <summary>Moves the clock in small steps until something has come to its end.</summary>
    public async Task DriveAsync(Task until, TimeSpan step)
    {
        while (!until.IsCompleted)
        {
            Time.Advance(step);
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }

        Folder.Dispose();
    }
}
