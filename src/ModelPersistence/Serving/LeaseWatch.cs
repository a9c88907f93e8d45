namespace ModelPersistence.Serving;

/// <summary>Follows how long leases are held: tells of those that are held for too long, while they are.</summary>
internal sealed class LeaseWatch(ServedModels models, ServingContext context) : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private ITimer? _timer;

    /// <summary>Begins, once.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _timer ??= context.Clock.CreateTimer(_ => Look(), null, Tick, Tick);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _timer?.Dispose();
        }
    }

    private void Look()
    {
        try
        {
            LookOnce();
        }
        catch (Exception)
        {
            // A logger of the host's that throws must not end the process from a timer; the next tick looks again.
            return;
        }
    }

    private void LookOnce()
    {
        lock (_gate)
        {
            var now = context.Clock.GetTimestamp();
            foreach (var served in models.All())
            {
                served.Leases.Advance(now);
                foreach (var (count, begun) in served.Leases.Overdue(now - (long)(context.LeaseWarningAfter.TotalSeconds * context.Clock.TimestampFrequency)))
                {
                    ServingLog.LeaseHeldLong(
                        context.Logger, count, served.DisplayName, context.Clock.GetElapsedTime(begun, now).TotalSeconds, context.LeaseWarningAfter.TotalSeconds);
                }
            }
        }
    }
}
