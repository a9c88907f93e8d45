namespace ModelPersistence.Serving.Harness;

/// <summary>
/// Client threads that send one request after the other. They are threads of their own, as blocking callers are, so that the thread pool
/// stays the library's. Between two phases they stand still, so that what the process holds can be counted.
/// </summary>
internal sealed class Clients : IDisposable
{
    private readonly Action<int, long, Tally> _request;
    private readonly Thread[] _threads;
    private readonly Barrier _begin;
    private readonly Barrier _end;
    private volatile Tally? _tally;
    private volatile bool _running;

    /// <param name="threads">How many there are.</param>
    /// <param name="request">Sends a request: the thread's number, the request's number on that thread, and what to tell about it.</param>
    public Clients(int threads, Action<int, long, Tally> request)
    {
        _request = request;
        (_begin, _end) = (new Barrier(threads + 1), new Barrier(threads + 1));
        _threads = [.. Enumerable.Range(0, threads).Select(number => new Thread(() => Work(number)) { IsBackground = true, Name = $"client {number}" })];
        foreach (var thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>Lets all of them work for as long as <paramref name="meanwhile"/> takes, and waits for their last requests.</summary>
    /// <param name="tally">Where they tell what they see.</param>
    /// <param name="meanwhile">Meanwhile.</param>
    public async Task WorkAsync(Tally tally, Func<Task> meanwhile)
    {
        _tally = tally;
        _running = true;
        _begin.SignalAndWait();
        try
        {
            await meanwhile();
        }
        finally
        {
            _running = false;
            await Task.Factory.StartNew(_end.SignalAndWait, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    public void Dispose()
    {
        _tally = null;
        _begin.SignalAndWait();
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _begin.Dispose();
        _end.Dispose();
    }

    private void Work(int number)
    {
        for (long request = 0; ;)
        {
            _begin.SignalAndWait();
            if (_tally is not { } tally)
            {
                return;
            }

            while (_running)
            {
                _request(number, request++, tally);
            }

            _end.SignalAndWait();
        }
    }
}
