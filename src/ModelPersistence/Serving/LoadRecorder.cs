using ModelPersistence.Models;
using ModelPersistence.Telemetry;

namespace ModelPersistence.Serving;

/// <summary>
/// Collects the steps of one load, and tells them to whoever listens: the timeline, the spans and the histogram are the same figures. Steps
/// are added by one thread at a time; the timeline may be read at any time.
/// </summary>
/// <param name="clock">The clock.</param>
/// <param name="begun">When the load was asked for, as a timestamp of the clock.</param>
/// <param name="metrics">The host's instruments; null where nobody listens.</param>
internal sealed class LoadRecorder(TimeProvider clock, long begun, ModelMetrics? metrics = null)
{
    private volatile LoadTimeline _timeline = new([], null);
    private volatile LoadTrace? _trace;
    private volatile LoadLabels? _labels;

    public LoadTimeline Timeline => _timeline;

    public long Begin() => clock.GetTimestamp();

    public void End(LoadPhase phase, long since, string? detail = null) => Add(phase, clock.GetElapsedTime(since), detail);

    public void Add(LoadPhase phase, TimeSpan duration, string? detail = null)
    {
        var timeline = _timeline;
        LoadStep step = new(phase, duration, timeline.TimeToReady is not null, detail);
        _timeline = timeline with { Steps = [.. timeline.Steps, step] };
        _trace?.Step(phase, duration, clock.GetUtcNow(), detail);
        if (_labels is { } labels)
        {
            labels.Record(metrics, PhaseNames.Tag(phase), duration);
        }
    }

    /// <summary>Begins the span of the load where somebody listens; the caller ends it.</summary>
    public LoadTrace? Trace(string model, ModelVersion version, string storageProvider)
    {
        var now = clock.GetUtcNow();
        _trace = LoadTrace.Begin(model, version.ToString(), storageProvider, now - clock.GetElapsedTime(begun));
        foreach (var step in _trace is null ? [] : _timeline.Steps)
        {
            _trace?.Step(step.Phase, step.Duration, now, step.Detail);
        }

        return _trace;
    }

    /// <summary>The session is open: only now it is known what the steps are to be counted under.</summary>
    public void Opened(LoadLabels labels)
    {
        foreach (var step in _timeline.Steps)
        {
            labels.Record(metrics, PhaseNames.Tag(step.Phase), step.Duration);
        }

        _labels = labels;
    }

    public void Ready()
    {
        var ready = clock.GetElapsedTime(begun);
        _timeline = _timeline with { TimeToReady = ready };
        _labels?.Record(metrics, PhaseNames.Total, ready);
    }
}
