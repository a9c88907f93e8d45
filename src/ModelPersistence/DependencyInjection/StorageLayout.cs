using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Configuration;
using ModelPersistence.Preparation;
using ModelPersistence.Repositories;
using ModelPersistence.Runtime;
using ModelPersistence.Store;

namespace ModelPersistence.DependencyInjection;

/// <summary>The chain of providers and the writable trees among them, as the options describe them.</summary>
internal sealed record StorageLayout(ProviderChain Chain, IReadOnlyList<StoreFolder> SharedVolumes, StoreFolder Cache, IReadOnlyList<PreparedRoot> ReadOnlyRoots)
    : IDisposable
{
    private const string CacheName = "LocalCache";

    // Those that were created here; the container disposes the others.
    private IReadOnlyList<IStorageProvider> Owned { get; init; } = [];

    /// <summary>Where copies and artifacts may be kept, nearest first.</summary>
    public IReadOnlyList<StoreFolder> Writable { get; } = [.. SharedVolumes, Cache];

    public static StorageLayout Create(ModelManagementOptions options, IServiceProvider services)
    {
        var clock = services.GetRequiredService<TimeProvider>();
        var recordKey = options.RecordKey is null ? null : Convert.FromBase64String(options.RecordKey);
        var files = options.Models.Where(static model => model.File is not null).ToDictionary(
            static model => Models.ModelReference.Parse(model.Reference).Name, static model => Path.GetFullPath(model.File!), StringComparer.Ordinal);

        List<IStorageProvider> providers = files.Count > 0 ? [new ModelFileProvider(files, static path => ExternalDataRules.Locations(OnnxModelReader.Read(Path.GetFileName(path), path)))] : [];
        List<StoreFolder> volumes = [];
        List<PreparedRoot> readOnly = [];
        List<IStorageProvider> owned = [];
        Dictionary<string, int> unnamed = new(StringComparer.Ordinal);
        foreach (var provider in options.Providers)
        {
            var name = provider.Name.Length > 0 ? provider.Name : Number(provider.Type);
            switch (provider.Type)
            {
                case ProviderOptions.BakedIn:
                    readOnly.Add(new PreparedRoot(provider.Path, provider.Verification ?? VerificationMode.Background));
                    providers.Add(new DirectoryProvider(Describe(provider, name, VerificationMode.Background, timeout: null), clock));
                    break;
                case ProviderOptions.SharedVolume:
                    var folder = new StoreFolder(provider.Path, name, clock, StoreFolderKind.Shared, provider.MapFrom, recordKey);
                    volumes.Add(folder);

                    // A disk of this machine answers or fails; only what lies behind a network can keep a call for ever.
                    providers.Add(new DirectoryProvider(Describe(provider, name, VerificationMode.BeforeUse, folder.IsNetwork ? options.VolumeTimeout : null) with { AcceptsPublishing = true }, clock));
                    break;
                case ProviderOptions.Custom:
                    providers.Add(services.GetRequiredKeyedService<IStorageProvider>(name));
                    break;
                default:
                    var factory = services.GetServices<IStorageProviderFactory>().First(factory => factory.Type == provider.Type);
                    var created = factory.Create(name, provider, services);
                    providers.Add(created);
                    owned.Add(created);
                    break;
            }
        }

        // What is here already is asked before anybody far away.
        var cache = new DirectoryProvider(new DirectoryProviderOptions { Name = CacheName, Path = options.CachePath, RootMayBeAbsent = true }, clock);
        var firstFar = providers.FindIndex(static provider => provider is not (DirectoryProvider or ModelFileProvider));
        providers.Insert(firstFar < 0 ? providers.Count : firstFar, cache);
        return new StorageLayout(new ProviderChain(providers, Origins(options)), volumes, new StoreFolder(options.CachePath, CacheName, clock, StoreFolderKind.Cache), readOnly) { Owned = owned };

        string Number(string type)
        {
            var count = unnamed[type] = unnamed.GetValueOrDefault(type) + 1;
            return count == 1 ? type : $"{type}{count}";
        }
    }

    private static Dictionary<string, string> Origins(ModelManagementOptions options)
    {
        Dictionary<string, string> origins = new(StringComparer.Ordinal);
        foreach (var model in options.Models.Where(static model => model.Origin is not null))
        {
            origins.TryAdd(Models.ModelReference.Parse(model.Reference).Name, model.Origin!);
        }

        return origins;
    }

    public void Dispose()
    {
        foreach (var provider in Owned.OfType<IDisposable>())
        {
            provider.Dispose();
        }
    }

    private static DirectoryProviderOptions Describe(ProviderOptions provider, string name, VerificationMode usual, TimeSpan? timeout) => new()
    {
        Name = name,
        Path = provider.Path,
        Verification = provider.Verification ?? usual,
        AllowUnmanifested = provider.AllowUnmanifested,
        VolumeTimeout = timeout,
    };
}
