namespace ModelPersistence.Store;

/// <summary>
/// One run of a piece of work per key in this process, however many ask. A caller's cancellation ends only its own wait; the work is
/// cancelled when its last waiter has been gone for a while. Results are not kept: whoever asks after the end starts anew.
/// </summary>
internal sealed class SingleFlight<TKey, TValue>(TimeProvider time, TimeSpan abandonAfter)
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
        lock (_gate)
        {
            if (!_flights.TryGetValue(key, out flight))
            {
                flight = new Flight(key);
                _flights.Add(key, flight);
                var started = flight;
                flight.Work = Task.Run(() => FlyAsync(started, work), CancellationToken.None);
            }

            flight.Waiters++;
            flight.KeepsGoing |= keepGoing;
            flight.Abandonment?.Dispose();
            flight.Abandonment = null;
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
