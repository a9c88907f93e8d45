namespace ModelPersistence.Transfer;

/// <summary>Tells whoever listens how far a download has come, four times a second at most, in order and one at a time.</summary>
internal sealed class ProgressFeed(TimeProvider time)
{
    private const double WeightOfNewest = 0.4;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly List<IProgress<ModelDownloadProgress>> _listeners = [];
    private long _reportedAt;
    private long _reportedFetched;
    private double _rate;
    private bool _hasBegun;

    public void Add(IProgress<ModelDownloadProgress> listener)
    {
        lock (_gate)
        {
            _listeners.Add(listener);
        }
    }

    public void Remove(IProgress<ModelDownloadProgress> listener)
    {
        lock (_gate)
        {
            _listeners.Remove(listener);
        }
    }

    /// <summary>Says how things stand now; heard only when the last time is long enough ago.</summary>
    public void Report(long fetched, long reused, long total)
    {
        lock (_gate)
        {
            if (_listeners.Count == 0)
            {
                return;
            }

            var now = time.GetTimestamp();
            var elapsed = time.GetElapsedTime(_reportedAt, now);
            if (_hasBegun && elapsed < Interval)
            {
                return;
            }

            if (_hasBegun)
            {
                var newest = (fetched - _reportedFetched) / elapsed.TotalSeconds;
                _rate = _rate == 0 ? newest : (_rate * (1 - WeightOfNewest)) + (newest * WeightOfNewest);
            }

            (_hasBegun, _reportedAt, _reportedFetched) = (true, now, fetched);
            var done = fetched + reused;
            Tell(new ModelDownloadProgress(done, total, reused, _rate, _rate > 0 ? Remaining(total - done, _rate) : null));
        }
    }

    private static TimeSpan Remaining(long bytes, double rate) => TimeSpan.FromSeconds(Math.Min(bytes / rate, TimeSpan.FromDays(365).TotalSeconds));

    // Others listen too, and wait for the same download: a listener that fails is not told again.
    private void Tell(ModelDownloadProgress progress) => _listeners.RemoveAll(listener => !TryTell(listener, progress));

    private static bool TryTell(IProgress<ModelDownloadProgress> listener, ModelDownloadProgress progress)
    {
        try
        {
            listener.Report(progress);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }
}
