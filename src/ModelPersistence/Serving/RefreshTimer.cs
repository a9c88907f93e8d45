namespace ModelPersistence.Serving;

/// <summary>
/// Looks again and again: after an interval with jitter of a quarter either way, so that hosts that started together do not ask together.
/// Looks never overlap. While one comes to nothing, the interval doubles, up to sixteen times.
/// </summary>
internal sealed class RefreshTimer : IDisposable
{
    private const int MostDoublings = 4;

    private readonly Func<CancellationToken, Task<bool>> _look;
    private readonly TimeSpan _interval;
    private readonly CancellationToken _stopping;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private int _failures;
    private bool _isLooking;
    private bool _again;

    /// <param name="look">Looks; false where it came to nothing. Must not throw.</param>
    /// <param name="interval">The time between two looks.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="stopping">Ends everything.</param>
    public RefreshTimer(Func<CancellationToken, Task<bool>> look, TimeSpan interval, TimeProvider clock, CancellationToken stopping)
    {
        (_look, _interval, _stopping) = (look, interval, stopping);
        _timer = clock.CreateTimer(static timer => ((RefreshTimer)timer!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Begin()
    {
        lock (_gate)
        {
            var factor = (1 << Math.Min(_failures, MostDoublings)) * (0.75 + (0.5 * Random.Shared.NextDouble()));
            _timer.Change(_interval * factor, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Looks now; where a look is under way, once more after it.</summary>
    public void Look()
    {
        lock (_gate)
        {
            _again = true;
            if (_isLooking || _stopping.IsCancellationRequested)
            {
                return;
            }

            _isLooking = true;
        }

        _ = Task.Run(LookAllAsync, CancellationToken.None);
    }

    public void Dispose() => _timer.Dispose();

    private async Task LookAllAsync()
    {
        while (true)
        {
            lock (_gate)
            {
                if (!_again || _stopping.IsCancellationRequested)
                {
                    _isLooking = false;
                    break;
                }

                _again = false;
            }

            try
            {
                _failures = await _look(_stopping).ConfigureAwait(false) ? 0 : _failures + 1;
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                // The host is going down.
                return;
            }
            catch (Exception)
            {
                // Whatever it is, it must not be the last look.
                _failures++;
            }
        }

        Begin();
    }
}
