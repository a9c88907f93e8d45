using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using ModelPersistence.Configuration;
using ModelPersistence.Serving;

namespace ModelPersistence.Benchmarks;

/// <summary>What is done around a run so that its version's figures are known.</summary>
[Question("run-measuring", "What does it cost to time and count a run? Bar: at most 80 ns in all, nothing allocated. The baseline is the reading of the clock before and after, without which "
    + "there is no latency at all.")]
[Config(typeof(InProcess))]
[MemoryDiagnoser]
public class RunMeasuring
{
    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly RunStatistics _runs = new();
    private RollbackWatch _watch = null!;

    [GlobalSetup]
    public void Start()
    {
        _watch = new RollbackWatch(_runs, new RollbackOptions { MaxP95 = TimeSpan.FromSeconds(1) }, _clock, static _ => { });
        _watch.JudgeLatency();
    }

    [Benchmark(Baseline = true, Description = "Two timestamps")]
    public TimeSpan Time() => _clock.GetElapsedTime(_clock.GetTimestamp());

    [Benchmark(Description = "Two timestamps + Record")]
    public void Record() => _runs.Record(_clock.GetElapsedTime(_clock.GetTimestamp()), RunOutcome.Succeeded);

    [Benchmark(Description = "Two timestamps + Record + Observe")]
    public void RecordAndObserve()
    {
        var elapsed = _clock.GetElapsedTime(_clock.GetTimestamp());
        _runs.Record(elapsed, RunOutcome.Succeeded);
        _watch.Observe(elapsed, RunOutcome.Succeeded);
    }

    private sealed class InProcess : ManualConfig
    {
        public InProcess() => AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance));
    }
}
