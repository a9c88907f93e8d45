using System.Diagnostics;
using ModelPersistence.Models;

namespace ModelPersistence.Telemetry;

/// <summary>
/// The spans of one load: its steps are written when they end, from the same figures as the timeline, so that the two never disagree.
/// Nothing is made while nobody listens.
/// </summary>
internal sealed class LoadTrace : IDisposable
{
    private static readonly ActivitySource Source = new(ModelTelemetry.ActivitySourceName);

    private readonly Activity _activity;

    private LoadTrace(Activity activity) => _activity = activity;

    /// <summary>Begins the span; it becomes the current activity of the calling flow, so that requests to storage are its children.</summary>
    /// <returns>Null while nobody listens.</returns>
    public static LoadTrace? Begin(string model, string version, string storageProvider, DateTimeOffset asked)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var activity = Source.StartActivity(
            ModelTelemetry.OpenSpan,
            ActivityKind.Internal,
            default(ActivityContext),
            [new(ModelTelemetry.ModelTag, model), new(ModelTelemetry.VersionTag, version), new(ModelTelemetry.StorageProviderTag, storageProvider)],
            startTime: asked);
        return activity is null ? null : new LoadTrace(activity);
    }

    public void Step(LoadPhase phase, TimeSpan duration, DateTimeOffset ended, string? detail)
    {
        using var step = Source.StartActivity(PhaseNames.Span(phase), ActivityKind.Internal, _activity.Context, startTime: ended - duration);
        step?.SetTag(ModelTelemetry.ModelTag, _activity.GetTagItem(ModelTelemetry.ModelTag));
        if (detail is not null)
        {
            step?.SetTag("detail", detail);
        }

        step?.SetEndTime(ended.UtcDateTime);
    }

    public void Opened(string executionProvider, string tier)
    {
        _activity.SetTag(ModelTelemetry.ExecutionProviderTag, executionProvider);
        _activity.SetTag("tier", tier);
    }

    public void Failed(Exception failure)
    {
        _activity.SetStatus(ActivityStatusCode.Error, failure.Message);
        _activity.SetTag("error.type", failure.GetType().Name);
    }

    /// <summary>Ends the span. Steps behind the start may still follow; they are its children all the same.</summary>
    public void Dispose() => _activity.Dispose();
}
