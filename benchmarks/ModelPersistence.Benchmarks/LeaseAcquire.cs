using System.Collections.Concurrent;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using ModelPersistence.Serving;
using ModelPersistence.Testing;

namespace ModelPersistence.Benchmarks;

/// <summary>A warm model is asked for, and given back.</summary>
[Question("lease-acquire", "What does it cost to get a warm model and give it back? Bar: at most 100 ns and 48 bytes. The baseline looks the reference up in a concurrent dictionary, "
    + "which is the least that a call by name can do.")]
[Config(typeof(InProcess))]
[MemoryDiagnoser]
public class LeaseAcquire
{
    private readonly ConcurrentDictionary<string, object> _dictionary = new(StringComparer.Ordinal);
    private DirectoryInfo _cache = null!;
    private ServedHost _host = null!;
    private IModelProvider _models = null!;

    // The in-process toolchain does not wait for an asynchronous set-up.
    [GlobalSetup]
    public void Start() => StartAsync().GetAwaiter().GetResult();

    private async Task StartAsync()
    {
        _dictionary[ServedHost.Reference] = this;
        _cache = Directory.CreateTempSubdirectory("modelpersistence-lease-");
        _host = await ServedHost.StartAsync(SyntheticTransformer.GetOrCreate(SyntheticTransformerOptions.Size2MB), _cache.FullName);
        _models = _host.Models;
        await _host.SettledAsync();
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await _host.DisposeAsync();
        _cache.Delete(recursive: true);
    }

    [Benchmark(Baseline = true, Description = "ConcurrentDictionary lookup")]
    public object? Lookup() => _dictionary.GetValueOrDefault(ServedHost.Reference);

    [Benchmark(Description = "GetAsync + Dispose")]
    public bool GetAsync()
    {
        // Without await, so that no state machine of the benchmark's own is measured: a warm call completes at once.
        var lease = _models.GetAsync(ServedHost.Reference);
        if (!lease.IsCompletedSuccessfully)
        {
            return false;
        }

        lease.Result.Dispose();
        return true;
    }

    [Benchmark(Description = "TryGet + Dispose")]
    public bool TryGet()
    {
        if (!_models.TryGet(ServedHost.Reference, out var lease))
        {
            return false;
        }

        lease.Dispose();
        return true;
    }

    private sealed class InProcess : ManualConfig
    {
        public InProcess() => AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance));
    }
}
