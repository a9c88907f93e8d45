namespace ModelPersistence.Serving.Throughput;

/// <summary>Lets threads run for a while, and says how many runs a second they made together.</summary>
internal static class Window
{
    // The first runs meet the other side's threads and caches.
    private static readonly TimeSpan Beginning = TimeSpan.FromMilliseconds(100);

    /// <param name="threads">How many.</param>
    /// <param name="duration">How long.</param>
    /// <param name="loop">Runs until it is told to end; the number of its runs.</param>
    public static double Measure(int threads, TimeSpan duration, Func<Func<bool>, long> loop)
    {
        // Lets the other side's threads go to sleep.
        Thread.Sleep(20);
        Count(threads, Beginning, loop);
        return Count(threads, duration, loop);
    }

    private static double Count(int threads, TimeSpan duration, Func<Func<bool>, long> loop)
    {
        var runs = new long[threads];
        var running = true;
        using Barrier begin = new(threads + 1);
        var workers = Enumerable.Range(0, threads).Select(number => new Thread(() =>
        {
            begin.SignalAndWait();
            runs[number] = loop(() => Volatile.Read(ref running));
        })).ToList();
        workers.ForEach(static worker => worker.Start());
        begin.SignalAndWait();
        var begun = TimeProvider.System.GetTimestamp();
        Thread.Sleep(duration);
        Volatile.Write(ref running, false);
        workers.ForEach(static worker => worker.Join());
        return runs.Sum() / TimeProvider.System.GetElapsedTime(begun).TotalSeconds;
    }
}
