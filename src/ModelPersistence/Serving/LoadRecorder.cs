using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>Collects the steps of one load. Steps are added by one thread at a time; the timeline may be read at any time.</summary>
/// <param name="clock">The clock.</param>
/// <param name="begun">When the load was asked for, as a timestamp of the clock.</param>
internal sealed class LoadRecorder(TimeProvider clock, long begun)
{
    private volatile LoadTimeline _timeline = new([], null);

    public LoadTimeline Timeline => _timeline;

    public long Begin() => clock.GetTimestamp();

    public void End(LoadPhase phase, long since, string? detail = null) => Add(phase, clock.GetElapsedTime(since), detail);

    public void Add(LoadPhase phase, TimeSpan duration, string? detail = null)
    {
        var timeline = _timeline;
        _timeline = timeline with { Steps = [.. timeline.Steps, new LoadStep(phase, duration, timeline.TimeToReady is not null, detail)] };
    }

    public void Ready() => _timeline = _timeline with { TimeToReady = clock.GetElapsedTime(begun) };
}
