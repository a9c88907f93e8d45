using ModelPersistence.Runtime;

namespace ModelPersistence.Serving;

/// <summary>Measures what a load adds to the process's private memory. Loads at the same time cannot be told apart, so only one that was alone has a figure.</summary>
internal sealed class MemoryMeter(Func<long>? read = null)
{
    // A load that seems to take less was measured while something else went.
    private const long Least = 1 << 20;

    private readonly Func<long> _read = read ?? (static () => PrivateMemory.Now());
    private long _changes;
    private int _running;

    /// <summary>Begins to measure. Dispose it, also when the load fails.</summary>
    public MemoryMeasurement Begin()
    {
        var wasAlone = Interlocked.Increment(ref _running) == 1;
        return new MemoryMeasurement(this, wasAlone, Interlocked.Increment(ref _changes), _read());
    }

    /// <summary>Says that memory was freed, which would make a load look smaller.</summary>
    public void Disturb() => Interlocked.Increment(ref _changes);

    internal sealed class MemoryMeasurement(MemoryMeter meter, bool wasAlone, long change, long before) : IDisposable
    {
        private int _disposed;

        /// <summary>What was added since the beginning, in bytes; null where that cannot be told.</summary>
        public long? Added => wasAlone && Interlocked.Read(ref meter._changes) == change ? Math.Max(meter._read() - before, Least) : null;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                Interlocked.Decrement(ref meter._running);
            }
        }
    }
}
