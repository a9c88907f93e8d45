using System.Collections.Concurrent;

namespace ModelPersistence.Serving.Harness;

/// <summary>What the clients saw in one phase: how long requests took, and every answer that was wrong or none.</summary>
internal sealed class Tally(int threads)
{
    private const int MostExamples = 5;

    private readonly LatencyHistogram[] _latencies = [.. Enumerable.Range(0, threads).Select(static _ => new LatencyHistogram())];
    private readonly ConcurrentDictionary<string, int> _failures = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _examples = new();
    private long _wrong;
    private long _failed;

    public long Wrong => Interlocked.Read(ref _wrong);

    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>What was thrown, by type, with its number.</summary>
    public IReadOnlyDictionary<string, int> Failures => _failures;

    /// <summary>The first few things that were not as they should be.</summary>
    public IReadOnlyCollection<string> Examples => _examples;

    /// <summary>All threads together. Only when they are done with the phase.</summary>
    public LatencyHistogram Latencies => LatencyHistogram.Of(_latencies);

    public void Answered(int thread, TimeSpan duration) => _latencies[thread].Add(duration);

    public void WasWrong(string how)
    {
        Interlocked.Increment(ref _wrong);
        Note(how);
    }

    public void HasFailed(Exception failure)
    {
        Interlocked.Increment(ref _failed);
        _failures.AddOrUpdate(failure.GetType().Name, 1, static (_, count) => count + 1);
        Note($"{failure.GetType().Name}: {failure.Message}");
    }

    private void Note(string what)
    {
        if (_examples.Count < MostExamples)
        {
            _examples.Enqueue(what);
        }
    }
}
