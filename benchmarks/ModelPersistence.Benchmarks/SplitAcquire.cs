using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using ModelPersistence.Serving;

namespace ModelPersistence.Benchmarks;

/// <summary>A warm model that two versions share is asked for, and given back.</summary>
[Question("split-acquire", "What does it cost to get a warm model whose alias is split over two versions, with an affinity key of 36 characters and without? Bar: at most 150 ns and 48 bytes with the "
    + "key. The baseline is an alias that stands for one version.")]
[Config(typeof(InProcess))]
[MemoryDiagnoser]
public class SplitAcquire
{
    private readonly string _user = new Guid(0x5eed, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10).ToString();
    private SplitHost _host = null!;
    private IModelProvider _models = null!;

    // The in-process toolchain does not wait for an asynchronous set-up.
    [GlobalSetup]
    public void Start() => StartAsync().GetAwaiter().GetResult();

    [GlobalCleanup]
    public void Stop() => _host.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Benchmark(Baseline = true, Description = "GetAsync(one version) + Dispose")]
    public bool OneVersion() => GiveBack(_models.GetAsync(SplitHost.Whole));

    [Benchmark(Description = "GetAsync(split) + Dispose")]
    public bool Split() => GiveBack(_models.GetAsync(SplitHost.Split));

    [Benchmark(Description = "GetAsync(split, affinity key) + Dispose")]
    public bool SplitByKey() => GiveBack(_models.GetAsync(SplitHost.Split, _user));

    // Without await, so that no state machine of the benchmark's own is measured: a warm call completes at once.
    private static bool GiveBack(ValueTask<ModelLease> lease)
    {
        if (!lease.IsCompletedSuccessfully)
        {
            return false;
        }

        lease.Result.Dispose();
        return true;
    }

    private async Task StartAsync()
    {
        _host = await SplitHost.StartAsync();
        _models = _host.Models;
    }

    private sealed class InProcess : ManualConfig
    {
        public InProcess() => AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance));
    }
}
