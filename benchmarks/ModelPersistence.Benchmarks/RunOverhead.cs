using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Configuration;
using ModelPersistence.Serving;
using ModelPersistence.Telemetry;
using ModelPersistence.Testing;

namespace ModelPersistence.Benchmarks;

/// <summary>Everything that a lease does around the session's own run: the count that keeps the session alive, the clock, the figures, the instruments.</summary>
[Question("run-overhead", "What does a run through a lease cost beside the session's own? Bars: 50 ns with alerts, trends and rollback off, 200 ns with them on, nothing allocated. "
    + "The baseline reads the clock twice, as anybody does who wants to know a latency.")]
[Config(typeof(InProcess))]
[MemoryDiagnoser]
public class RunOverhead
{
    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly List<ServedHost> _hosts = [];
    private DirectoryInfo _cache = null!;
    private ServedModel _quiet = null!;
    private ServedModel _measured = null!;
    private ServedModel _listened = null!;
    private MeterListener _listener = null!;
    private double _seen;

    // The in-process toolchain does not wait for an asynchronous set-up.
    [GlobalSetup]
    public void Start() => StartAsync().GetAwaiter().GetResult();

    [GlobalCleanup]
    public async Task StopAsync()
    {
        _listener.Dispose();
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        _cache.Delete(recursive: true);
    }

    [Benchmark(Baseline = true, Description = "Two timestamps")]
    public TimeSpan Time() => _clock.GetElapsedTime(_clock.GetTimestamp());

    [Benchmark(Description = "Alerts, trends and rollback off")]
    public void Quiet() => Around(_quiet);

    [Benchmark(Description = "Alerts, trends and rollback on")]
    public void Measured() => Around(_measured);

    [Benchmark(Description = "The same with a listener to every instrument")]
    public void Listened() => Around(_listened);

    private static void Around(ServedModel served)
    {
        var slot = served.TryAcquire()!;
        var begun = served.BeginRun();
        served.RunEnded(begun, RunOutcome.Succeeded);
        slot.Release();
    }

    private async Task StartAsync()
    {
        _cache = Directory.CreateTempSubdirectory("modelpersistence-run-");
        _quiet = await ServeAsync(static o => (o.Trends, o.Alerts.Enabled, o.AutomaticRollback) = (false, false, false));
        _measured = await ServeAsync(static _ => { });
        _listened = await ServeAsync(static _ => { });
        var scope = _hosts[^1].Services.GetRequiredService<IMeterFactory>();
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ModelTelemetry.MeterName && ReferenceEquals(instrument.Meter.Scope, scope))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        _listener.SetMeasurementEventCallback<long>((_, value, _, _) => _seen += value);
        _listener.SetMeasurementEventCallback<double>((_, value, _, _) => _seen += value);
        _listener.Start();
    }

    private async Task<ServedModel> ServeAsync(Action<ModelManagementOptions> configure)
    {
        var host = await ServedHost.StartAsync(SyntheticTransformer.GetOrCreate(SyntheticTransformerOptions.Size2MB), _cache.FullName, configure);
        _hosts.Add(host);
        await host.SettledAsync();
        return host.Services.GetRequiredService<ServedModels>().All().Single();
    }

    private sealed class InProcess : ManualConfig
    {
        public InProcess() => AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance));
    }
}
