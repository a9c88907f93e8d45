using Amazon.S3;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ModelPersistence.Configuration;
using ModelPersistence.DependencyInjection;
using ModelPersistence.Store;

namespace ModelPersistence.Download.Child;

/// <summary>Ours: a model is fetched into an empty cache, verified on the way.</summary>
internal sealed class OwnDownload : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly IModelStore _store;
    private readonly string _reference;

    public OwnDownload(ChildOptions options)
    {
        _reference = options.Reference;
        var services = new ServiceCollection();
        var models = services.AddModelManagement(management =>
        {
            management.EagerStart = false;
            management.CachePath = options.Target;
            management.FlushDownloads = options.Flush;
        });
        if (options.Way == "own-s3")
        {
            // A client of the application's own, made before the clock starts, as the SDK's side has it.
            services.AddSingleton<IAmazonS3>(SdkDownload.CreateClient(options));
            models.AddS3(s3 => s3.BucketName = options.Bucket);
        }
        else
        {
            models.AddHttp($"{options.Endpoint}/{options.Bucket}/");
        }

        if (options.Unverified)
        {
            services.AddSingleton(static s =>
            {
                var (settings, storage) = (StoreSettings.From(s.GetRequiredService<IOptions<ModelManagementOptions>>().Value), s.GetRequiredService<StorageLayout>());
                return new ModelStore(
                    settings with { Transfer = settings.Transfer with { Hash = false } },
                    storage.Chain.Providers,
                    storage.SharedVolumes,
                    storage.Cache,
                    TimeProvider.System,
                    NullLogger<ModelStore>.Instance);
            });
        }

        _services = services.BuildServiceProvider();
        _store = _services.GetRequiredService<IModelStore>();
    }

    public Task FetchAsync() => _store.FetchAsync(_reference);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
