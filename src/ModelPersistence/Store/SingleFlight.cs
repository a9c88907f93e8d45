namespace ModelPersistence.Store;

/// <summary>
/// One run of a piece of work per key in this process, however many ask. A caller's cancellation ends only its own wait; the work is
/// cancelled when its last waiter has been gone for a while. Results are not kept: whoever asks after the end starts anew.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="abandonAfter">How long work goes on after its last waiter left.</param>
/// <param name="inline">
/// Whether the first caller does the work on its own thread, as suits a caller that is itself the work of a flight: nothing is suspended
/// that need not be, which spares a start the compilation of all that suspending takes.
/// </param>
internal sealed class SingleFlight<TKey, TValue>(TimeProvider time, TimeSpan abandonAfter, bool inline = false)
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Flight> _flights = [];

    /// <param name="key">What the work is for.</param>
    /// <param name="work">The work; its token is that of the flight, never a caller's.</param>
    /// <param name="keepGoing">Whether the work goes on when nobody waits for it any more.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    public async Task<TValue> RunAsync(TKey key, Func<CancellationToken, Task<TValue>> work, bool keepGoing, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Flight? flight;
        Task<Task<TValue>>? start = null;
        lock (_gate)
        {
            if (!_flights.TryGetValue(key, out flight))
            {
                flight = new Flight(key);
                _flights.Add(key, flight);
                var started = flight;
                start = new Task<Task<TValue>>(() => FlyAsync(started, work), CancellationToken.None);
                flight.Work = inline ? start.Unwrap() : Apart(start.Unwrap());
            }

            flight.Waiters++;
            flight.KeepsGoing |= keepGoing;
            flight.Abandonment?.Dispose();
            flight.Abandonment = null;
        }

        if (inline)
        {
            start?.RunSynchronously(TaskScheduler.Default);
        }
        else
        {
            start?.Start(TaskScheduler.Default);
        }

        try
        {
            return await flight.Work.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Leave(flight);
        }
    }

    /// <summary>Each waiter goes on by itself: what one of them does next must not run before the others are told.</summary>
    private static Task<TValue> Apart(Task<TValue> work)
    {
        TaskCompletionSource<TValue> end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = work.ContinueWith(
            static (ended, end) => ((TaskCompletionSource<TValue>)end!).SetFromTask(ended), end, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return end.Task;
    }

    private async Task<TValue> FlyAsync(Flight flight, Func<CancellationToken, Task<TValue>> work)
    {
        try
        {
            return await work(flight.Token).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                // Removed before the result is seen: whoever was told the end and asks again gets a new flight.
                flight.HasEnded = true;
                flight.Abandonment?.Dispose();
                flight.Abandonment = null;
                Forget(flight);
            }
        }
    }

    private void Leave(Flight flight)
    {
        lock (_gate)
        {
            if (--flight.Waiters == 0 && !flight.HasEnded && !flight.KeepsGoing)
            {
                flight.Abandonment = time.CreateTimer(_ => Abandon(flight), null, abandonAfter, Timeout.InfiniteTimeSpan);
            }
        }

        // Nobody may be left to see a fault.
        _ = flight.Work.ContinueWith(
            static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Abandon(Flight flight)
    {
        lock (_gate)
        {
            if (flight.Waiters > 0 || flight.HasEnded)
            {
                return;
            }

            // From here on nobody can join: a caller that comes now must not get a cancelled result.
            Forget(flight);
            flight.Abandonment?.Dispose();
            flight.Abandonment = null;
        }

        flight.Cancel();
    }

    private void Forget(Flight flight)
    {
        if (_flights.TryGetValue(flight.Key, out var current) && ReferenceEquals(current, flight))
        {
            _flights.Remove(flight.Key);
        }
    }

    // Its own token source. Never disposed: it holds no timer, and a late Cancel must not fail.
    private sealed class Flight(TKey key) : CancellationTokenSource
    {
        public TKey Key => key;

        public Task<TValue> Work { get; set; } = null!;

        public int Waiters { get; set; }

        public bool KeepsGoing { get; set; }

        public bool HasEnded { get; set; }

        public ITimer? Abandonment { get; set; }
    }
}
