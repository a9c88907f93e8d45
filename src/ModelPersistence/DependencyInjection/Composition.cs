using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ModelPersistence.Configuration;
using ModelPersistence.Diagnostics;
using ModelPersistence.Monitoring;
using ModelPersistence.Preparation;
using ModelPersistence.Publishing;
using ModelPersistence.Repositories;
using ModelPersistence.Runtime;
using ModelPersistence.Serving;
using ModelPersistence.Sessions;
using ModelPersistence.Startup;
using ModelPersistence.Store;
using ModelPersistence.Telemetry;

namespace ModelPersistence.DependencyInjection;

/// <summary>The one place that knows how the rooms are put together.</summary>
internal static class Composition
{
    public static void Add(IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(static s => new ModelMetrics(s.GetService<IMeterFactory>()));
        services.AddSingleton<IStorageProviderFactory, HttpProviderFactory>();
        services.AddSingleton(static s => StorageLayout.Create(Options(s), s));
        services.AddSingleton(static s => new ModelResolver(
            s.GetRequiredService<StorageLayout>().Chain, Logger<ModelResolver>(s), s.GetRequiredService<AliasMemory>(), Clock(s)));
        services.AddSingleton(static s => new AliasMemory(
            s.GetRequiredService<StorageLayout>().Writable, Options(s).VolumeTimeout, Clock(s), Logger<AliasMemory>(s)));
        services.AddSingleton(static s => new RefusalMemory(
            s.GetRequiredService<StorageLayout>().Writable, Options(s).VolumeTimeout, Clock(s), Logger<RefusalMemory>(s)));
        services.AddSingleton(static s => new OriginWait(s.GetRequiredService<ServingContext>(), Options(s)));
        services.AddSingleton(static s =>
        {
            var storage = s.GetRequiredService<StorageLayout>();
            return new ModelStore(
                StoreSettings.From(Options(s)), storage.Chain.Providers, storage.SharedVolumes, storage.Cache, Clock(s), Logger<ModelStore>(s), upkeep: s.GetRequiredService<StoreUpkeep>(), metrics: s.GetRequiredService<ModelMetrics>());
        });
        services.AddSingleton<IModelStore>(static s => new StoreService(s.GetRequiredService<ModelResolver>(), s.GetRequiredService<ModelStore>(), s.GetRequiredService<StoreUpkeep>()));
        services.AddSingleton(static s =>
        {
            var storage = s.GetRequiredService<StorageLayout>();
            return new StoreUpkeep(
                StoreSettings.From(Options(s)), storage.SharedVolumes, storage.Cache, new ArtifactCatalog(s.GetRequiredService<PreparedArtifacts>()), Clock(s), Logger<StoreUpkeep>(s), metrics: s.GetRequiredService<ModelMetrics>());
        });
        services.AddSingleton(static s => new UnmanifestedIndex(s.GetRequiredService<StorageLayout>().Cache, Clock(s), Logger<UnmanifestedIndex>(s)));
        services.AddSingleton<IModelRepository>(static s =>
            new ModelRepository(s.GetRequiredService<StorageLayout>().Chain, s.GetRequiredService<ModelResolver>(), Clock(s), Logger<ModelRepository>(s), settings: StoreSettings.From(Options(s))));
        services.AddSingleton(static s =>
        {
            var storage = s.GetRequiredService<StorageLayout>();
            return new PreparedArtifacts(storage.ReadOnlyRoots, storage.Writable, storage.Cache, Clock(s), Logger<PreparedArtifacts>(s))
            {
                VolumeTimeout = Options(s).VolumeTimeout,
            };
        });
        services.AddSingleton<ICrossProcessLocks>(static s => new CrossProcessLocks(Clock(s)));
        services.AddSingleton(static s => new ModelPreparer(
            s.GetRequiredService<PreparedArtifacts>(),
            s.GetRequiredService<StorageLayout>().Writable,
            s.GetRequiredService<ICrossProcessLocks>(),
            Clock(s),
            Logger<ModelPreparer>(s),
            s.GetRequiredService<StoreUpkeep>()));
        services.AddSingleton(static s => new SessionLoader(
            s.GetRequiredService<RuntimeEnvironment>(), s.GetRequiredService<EagerWeights>(), s.GetRequiredService<PreparedArtifacts>(), Logger<SessionLoader>(s)));
        services.AddSingleton(static s => new WarmupRunner(Clock(s)));
        services.AddSingleton(static s => new ServingContext(Clock(s), Logger<ModelProvider>(s), Options(s).LeaseWarningAfter)
        {
            Memory = s.GetRequiredService<MemoryBudget>(),
            AutomaticRollback = Options(s).AutomaticRollback,
            Metrics = s.GetRequiredService<ModelMetrics>(),
            MeasuresRuns = Options(s).AutomaticRollback || Options(s).IsMonitored,
        });
        services.AddSingleton(static s => new MemoryBudget(Options(s), Clock(s)));
        services.AddSingleton(static _ => new MemoryMeter());
        services.AddSingleton(static s => new MemoryAdmission(
            s.GetRequiredService<MemoryBudget>(), new MemoryHistory(Options(s).CachePath, Logger<MemoryHistory>(s)), s.GetRequiredService<MemoryMeter>()));
        services.AddSingleton(static s => new RouteTable(Options(s)));
        services.AddSingleton(static s => new DeferredCheck(s.GetRequiredService<ModelStore>(), s.GetRequiredService<PreparedArtifacts>()));
        services.AddSingleton(static s => new SecondTier(
            s.GetRequiredService<ModelStore>(),
            s.GetRequiredService<UnmanifestedIndex>(),
            s.GetRequiredService<PreparedArtifacts>(),
            s.GetRequiredService<ModelPreparer>(),
            s.GetRequiredService<DeferredCheck>(),
            s.GetRequiredService<SessionLoader>(),
            s.GetRequiredService<MemoryAdmission>(),
            Options(s)));
        services.AddSingleton(static s => new TierUpgrade(
            s.GetRequiredService<ModelResolver>(),
            s.GetRequiredService<DeferredCheck>(),
            s.GetRequiredService<SecondTier>(),
            s.GetRequiredService<SessionLoader>(),
            s.GetRequiredService<WarmupRunner>(),
            s.GetRequiredService<MemoryAdmission>(),
            s.GetRequiredService<ServingContext>(),
            Options(s)));
        services.AddSingleton(static s => new ModelLoader(
            s.GetRequiredService<ModelStore>(),
            s.GetRequiredService<UnmanifestedIndex>(),
            s.GetRequiredService<PreparedArtifacts>(),
            s.GetRequiredService<SessionLoader>(),
            s.GetRequiredService<WarmupRunner>(),
            s.GetRequiredService<MemoryAdmission>(),
            s.GetRequiredService<ServingContext>(),
            Options(s)));
        services.AddSingleton(static s => new ServedModels(
            s.GetRequiredService<ModelLoader>(), s.GetRequiredService<TierUpgrade>(), s.GetRequiredService<MemoryMeter>(), s.GetRequiredService<ServingContext>(), Options(s)));
        services.AddSingleton(static s => new CandidateLoader(
            s.GetRequiredService<ModelResolver>(), s.GetRequiredService<ModelLoader>(), s.GetRequiredService<ServedModels>(), s.GetRequiredService<ServingContext>()));
        services.AddSingleton(static s => new RouteKeepers(
            s.GetRequiredService<CandidateLoader>(), s.GetRequiredService<ServedModels>(), s.GetRequiredService<RefusalMemory>(), s.GetRequiredService<ServingContext>()));
        services.AddSingleton(static s => new RouteOpener(
            s.GetRequiredService<ModelResolver>(),
            s.GetRequiredService<ModelLoader>(),
            s.GetRequiredService<ServedModels>(),
            s.GetRequiredService<OriginWait>(),
            s.GetRequiredService<RefusalMemory>(),
            s.GetRequiredService<ServingContext>()));
        services.AddSingleton(static s => new AliasWatch(s.GetRequiredService<StorageLayout>().Chain, Clock(s), Logger<AliasWatch>(s)));
        services.AddSingleton(static s => new AliasRefresh(
            s.GetRequiredService<ModelResolver>(),
            s.GetRequiredService<RouteKeepers>(),
            s.GetRequiredService<AliasWatch>(),
            s.GetRequiredService<ServingContext>(),
            Options(s)));
        services.AddSingleton(static s => new LeaseWatch(s.GetRequiredService<ServedModels>(), s.GetRequiredService<ServingContext>()));
        services.AddSingleton(static s => new IdleSweep(s.GetRequiredService<RouteKeepers>(), s.GetRequiredService<ServingContext>(), Options(s)));
        services.AddSingleton(static s => new ModelProvider(
            s.GetRequiredService<RouteTable>(),
            s.GetRequiredService<RouteKeepers>(),
            s.GetRequiredService<RouteOpener>(),
            s.GetRequiredService<AliasRefresh>(),
            s.GetRequiredService<IdleSweep>(),
            s.GetRequiredService<LeaseWatch>(),
            s.GetRequiredService<ServedModels>(),
            s.GetRequiredService<TierUpgrade>(),
            s.GetRequiredService<ServingContext>(),
            Options(s)));
        services.AddSingleton<IModelManager>(static s => new ModelManager(
            s.GetRequiredService<RouteTable>(), s.GetRequiredService<RouteKeepers>(), s.GetRequiredService<AliasRefresh>()));
        services.AddSingleton<IModelProvider>(static s => s.GetRequiredService<ModelProvider>());
        services.AddSingleton(static s => new ModelStatus(s.GetRequiredService<RouteTable>(), s.GetRequiredService<ServingContext>(), s.GetRequiredService<StoreUpkeep>()));
        services.AddSingleton<IModelStatus>(static s => s.GetRequiredService<ModelStatus>());
        services.AddSingleton<IModelHealth>(static s => new ModelHealth(s.GetRequiredService<ModelStatus>()));
        services.Configure<HealthCheckServiceOptions>(static checks => checks.Registrations.Add(new HealthCheckRegistration(
            ModelHealthCheck.Name, static s => new ModelHealthCheck(s.GetRequiredService<IModelHealth>()), HealthStatus.Unhealthy, [ModelHealthCheck.Tag])));
        services.AddSingleton<IHostedService>(static s => new Observation(new ModelGauges(
            s.GetRequiredService<ServedModels>(), s.GetRequiredService<RouteTable>(), s.GetRequiredService<ModelMetrics>(), Clock(s))));
        services.AddSingleton<IHostedService>(static s => new ModelStartup(
            s.GetRequiredService<RouteTable>(),
            s.GetRequiredService<ModelProvider>(),
            s.GetRequiredService<RuntimeEnvironment>(),
            s.GetRequiredService<ModelStatus>(),
            s.GetRequiredService<ServingContext>(),
            s.GetRequiredService<StoreUpkeep>(),
            Options(s),
            Logger<ModelStartup>(s)));
        AddMonitoring(services);
    }

    private static void AddMonitoring(IServiceCollection services)
    {
        services.AddSingleton(static s => new AlertSinks(() => Sinks(s), Clock(s), Logger<AlertSinks>(s)));
        services.AddSingleton(static s => new ModelMonitor(
            s.GetRequiredService<RouteTable>(),
            s.GetRequiredService<RouteKeepers>(),
            s.GetRequiredService<ServedModels>(),
            s.GetRequiredService<ServingContext>(),
            s.GetRequiredService<AlertSinks>(),
            Options(s),
            Logger<ModelMonitor>(s)));
        services.AddSingleton<IModelMonitor>(static s => s.GetRequiredService<ModelMonitor>());
        services.AddSingleton<IHostedService>(static s => new MonitoringService(s.GetRequiredService<ModelMonitor>, Options(s), Clock(s)));
    }

    /// <summary>The log, the webhook where there is one, and what the host has registered.</summary>
    private static IEnumerable<IAlertSink> Sinks(IServiceProvider services)
    {
        yield return new LogAlertSink(Logger<LogAlertSink>(services));
        if (Options(services).Alerts.Webhook is { HasUrl: true } webhook)
        {
            yield return new WebhookAlertSink(webhook, Clock(services), Logger<WebhookAlertSink>(services));
        }

        foreach (var sink in services.GetServices<IAlertSink>())
        {
            yield return sink;
        }
    }

    private static ModelManagementOptions Options(IServiceProvider services) => services.GetRequiredService<IOptions<ModelManagementOptions>>().Value;

    private static TimeProvider Clock(IServiceProvider services) => services.GetRequiredService<TimeProvider>();

    /// <summary>A container without logging is a container all the same.</summary>
    private static ILogger<T> Logger<T>(IServiceProvider services) =>
        services.GetService<ILoggerFactory>()?.CreateLogger<T>() ?? NullLogger<T>.Instance;
}
