using ModelPersistence.Configuration;
using ModelPersistence.Serving;

namespace ModelPersistence.Monitoring;

/// <summary>The rules about how a version runs.</summary>
internal sealed class VersionRules(AlertOptions options)
{
    private const string Section = ModelManagementOptions.SectionName;

    // A percentile is judged by how many are beyond it.
    private const double SlowShare = 0.05;

    // What is this much below its bound is well again. In between nothing changes, so that a rate on its bound does not flap.
    private const double WellShare = 0.8;

    public IEnumerable<AlertFinding> Judge(WatchedVersion version)
    {
        var counts = version.Rates();
        if (Errors(version, counts) is { } errors)
        {
            yield return errors;
        }

        if (Latency(version, counts) is { } latency)
        {
            yield return latency;
        }

        if (version is { Drift: { IsDrifting: true } drift, Sources.Count: > 0 })
        {
            yield return Drift(version, drift);
        }
    }

    private AlertFinding? Errors(WatchedVersion version, RateCounts counts)
    {
        var (requests, bound) = (counts.Succeeded + counts.Failed, version.Settings.MaxErrorRate);
        return Rate(AlertRule.ErrorRate, version, requests, counts.Failed, bound) is not { } found ? null : found with
        {
            Severity = AlertSeverity.Error,
            Message = $"{counts.Failed} of {requests} requests to model '{version.Model}:{version.Version}' within {AlertText.Length(options.Window)} failed "
                + $"({AlertText.Share(found.Value!.Value)}), more than Alerts:MaxErrorRate ({AlertText.Share(bound)}) allows. What they failed with is in the exceptions of Run; "
                + $"move the alias back to the version before, or raise {Section}:Alerts:MaxErrorRate or that of the model if this is expected.",
        };
    }

    private AlertFinding? Latency(WatchedVersion version, RateCounts counts)
    {
        return version.Settings.MaxP95 is not { } limit || Rate(AlertRule.Latency, version, counts.Timed, counts.Slow, SlowShare) is not { } found ? null : found with
        {
            Severity = AlertSeverity.Warning,
            Message = $"{counts.Slow} of {counts.Timed} runs of model '{version.Model}:{version.Version}' within {AlertText.Length(options.Window)} "
                + $"({AlertText.Share(found.Value!.Value)}) took longer than Alerts:MaxP95 ({AlertText.Milliseconds(limit)}), which {AlertText.Share(SlowShare)} may. "
                + $"See the model's trend for since when; give the process more processors or fewer requests at once, or raise {Section}:Alerts:MaxP95 or that of the model.",
        };
    }

    private AlertFinding? Rate(AlertRule rule, WatchedVersion version, long count, long hits, double bound)
    {
        if (count == 0)
        {
            return null;
        }

        var rate = (double)hits / count;
        var isBad = count >= options.MinRequests && Chance.IsBeyond(count, hits, bound);
        return isBad || rate > bound * WellShare ? new AlertFinding(rule, version.Model, version.Version, isBad) { Value = rate, Bound = bound } : null;
    }

    private AlertFinding Drift(WatchedVersion version, DriftDetector drift) => new(AlertRule.Drift, version.Model, version.Version, IsBad: true)
    {
        Severity = AlertSeverity.Warning,
        Value = drift.Ratio,
        Bound = 1 + options.Drift.MinShift,
        Message = $"Runs of model '{version.Model}:{version.Version}' take {AlertText.Share(drift.Ratio - 1)} longer than they did: typically {AlertText.Milliseconds(drift.Usual * drift.Ratio)} "
            + $"instead of {AlertText.Milliseconds(drift.Usual)}. Look for larger inputs, more requests at once, less processor than before, or a fallback of the execution provider; "
            + $"raise {Section}:Alerts:Drift:MinShift or switch Drift off for the model if this is expected.",
    };
}
