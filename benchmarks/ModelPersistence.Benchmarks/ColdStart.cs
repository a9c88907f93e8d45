using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Testing;

namespace ModelPersistence.Benchmarks;

/// <summary>A host is built, its model loaded and run once. Every invocation has a fresh host; process, runtime environment and compiled code stay.</summary>
[Question("cold-start-in-process", "How long does it take from nothing to the first output, by the ways to load a model? The managed ways include building and starting the host, the others "
    + "only open the session; the runtime's environment exists. Fresh processes, with everything included on both sides, are in cold-start.md.")]
[Config(typeof(OneByOne))]
[MemoryDiagnoser]
public class ColdStart
{
    private readonly long[] _ids = new long[ServedHost.Sequence];
    private readonly long[] _mask = new long[ServedHost.Sequence];
    private DirectoryInfo _folder = null!;
    private string _model = "";
    private ServedHost? _host;

    /// <summary>The model's size in MB.</summary>
    [Params(2, 21, 268)]
    public int Size { get; set; }

    private string Prepared => Path.Combine(_folder.FullName, "prepared");

    private string Empty => Path.Combine(_folder.FullName, "empty");

    // The in-process toolchain does not wait for an asynchronous set-up.
    [GlobalSetup]
    public void Prepare() => PrepareAsync().GetAwaiter().GetResult();

    [GlobalCleanup]
    public void Clean() => _folder.Delete(recursive: true);

    [Benchmark(Baseline = true, Description = "new InferenceSession(path)")]
    public float Plain()
    {
        using var session = new InferenceSession(_model);
        return Run(session);
    }

    [Benchmark(Description = "new InferenceSession(bytes)")]
    public float Bytes()
    {
        using var session = new InferenceSession(File.ReadAllBytes(_model));
        return Run(session);
    }

    [Benchmark(Description = "first start: nothing prepared")]
    public Task<float> FirstStart() => StartAsync(Empty);

    [Benchmark(Description = "second start: prepared")]
    public Task<float> SecondStart() => StartAsync(Prepared);

    /// <summary>What follows the first output, preparation above all, is not part of the start.</summary>
    [IterationCleanup]
    public void Stop()
    {
        _host?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _host = null;
        if (Directory.Exists(Empty))
        {
            Directory.Delete(Empty, recursive: true);
        }
    }

    private async Task PrepareAsync()
    {
        Array.Fill(_mask, 1);
        OrtEnv.Instance();
        _folder = Directory.CreateTempSubdirectory("modelpersistence-start-");
        _model = SyntheticTransformer.GetOrCreate(Size switch
        {
            2 => SyntheticTransformerOptions.Size2MB,
            21 => SyntheticTransformerOptions.Size21MB,
            _ => SyntheticTransformerOptions.Size268MB,
        });
        await using var host = await ServedHost.StartAsync(_model, Prepared);
        await host.SettledAsync();
    }

    private async Task<float> StartAsync(string cache)
    {
        _host = await ServedHost.StartAsync(_model, cache);
        using var model = await _host.Models.GetAsync(ServedHost.Reference);
        using var outputs = model.Run(("input_ids", _ids, [1, _ids.Length]), ("attention_mask", _mask, [1, _mask.Length]));
        return outputs.Values<float>("logits")[0];
    }

    private float Run(InferenceSession session)
    {
        using var ids = OrtValue.CreateTensorValueFromMemory(_ids, [1, _ids.Length]);
        using var mask = OrtValue.CreateTensorValueFromMemory(_mask, [1, _mask.Length]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["input_ids", "attention_mask"], [ids, mask], session.OutputNames);
        return outputs[0].GetTensorDataAsSpan<float>()[0];
    }

    private sealed class OneByOne : ManualConfig
    {
        public OneByOne() => AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithStrategy(RunStrategy.Monitoring)
            .WithWarmupCount(1)
            .WithIterationCount(9)
            .WithInvocationCount(1)
            .WithUnrollFactor(1));
    }
}
