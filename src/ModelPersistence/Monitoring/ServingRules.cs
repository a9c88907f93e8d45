using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Serving;

namespace ModelPersistence.Monitoring;

/// <summary>The rules about what cannot be served: loads that failed, versions that were taken back, bytes that were wrong. They hold as long as that is so.</summary>
internal sealed class ServingRules(RouteTable routes, RouteKeepers keepers, ModelManagementOptions options, TimeProvider clock)
{
    private readonly Dictionary<(string, ModelVersion?), (long At, string Message)> _wrongBytes = [];

    /// <summary>Notes what cannot be seen at the next look any more: bytes that were wrong, and may have been repaired since.</summary>
    public void Hear(ModelChange change)
    {
        if (change.Kind == ModelChangeKind.IntegrityFailed)
        {
            _wrongBytes[(ModelOf(change.Subject), change.Version)] = (clock.GetTimestamp(), change.Reason ?? "");
        }
    }

    public IEnumerable<AlertFinding> Judge()
    {
        foreach (var route in routes.All.Where(static route => route.IsNamed))
        {
            if (route is { Plan: null, Failure: { } failure })
            {
                yield return Unserved(route, failure);
            }
        }

        foreach (var keeper in keepers.All)
        {
            foreach (var trouble in keeper.Troubles())
            {
                yield return Missing(keeper.Route, trouble);
            }
        }

        foreach (var (key, seen) in _wrongBytes.ToList())
        {
            if (clock.GetElapsedTime(seen.At) > options.Alerts.Window)
            {
                _wrongBytes.Remove(key);
                continue;
            }

            yield return WrongBytes(key.Item1, key.Item2, seen.Message);
        }
    }

    private static AlertFinding Unserved(ModelRoute route, Exception failure) => failure is ModelIntegrityException mismatch
        ? WrongBytes(route.Reference.Name, VersionOf(mismatch.Model), failure.Message)
        : new AlertFinding(AlertRule.LoadFailure, route.Reference.Name, null, IsBad: true)
        {
            Severity = route is { IsNamed: true, Options.Critical: true } ? AlertSeverity.Critical : AlertSeverity.Error,
            Message = $"Model '{route.Reference}' cannot be loaded and does not serve: {failure.Message}",
        };

    private static AlertFinding Missing(ModelRoute route, TroubledVersion trouble)
    {
        var name = route.Reference.Name;
        return trouble switch
        {
            // Tried again this moment: what was said of it stands until the outcome is known.
            { Failure: null } => new AlertFinding(AlertRule.LoadFailure, name, trouble.Version, IsBad: false),
            { Standing: VersionStanding.Refused } => new AlertFinding(AlertRule.Rollback, name, trouble.Version, IsBad: true)
            {
                Severity = AlertSeverity.Error,
                Message = $"Version {trouble.Version} of '{route.Reference}' was taken back: {trouble.Failure.Message}. {Instead(route, trouble.Version)} Move the alias to a version that is good; "
                    + "until its revision changes the version is not tried again.",
            },
            { Failure: ModelIntegrityException } => WrongBytes(name, trouble.Version, trouble.Failure.Message),
            _ => new AlertFinding(AlertRule.LoadFailure, name, trouble.Version, IsBad: true)
            {
                Severity = AlertSeverity.Warning,
                Message = $"Version {trouble.Version} of '{route.Reference}' cannot be loaded: {trouble.Failure.Message} {Instead(route, trouble.Version)}",
            },
        };
    }

    private static AlertFinding WrongBytes(string model, ModelVersion? version, string message) => new(AlertRule.Integrity, model, version, IsBad: true)
    {
        Severity = AlertSeverity.Critical,
        Message = $"Bytes of model '{model}{(version is null ? "" : $":{version}")}' are not what they must be, and are not served: {message}",
    };

    private static string Instead(ModelRoute route, ModelVersion missing) => route.Plan?.Targets.Select(static target => target.Weighted.Version).ToList() switch
    {
        null => "Nothing serves instead.",
        var serving when serving.Contains(missing) => "It serves until the version before it is loaded again.",
        var serving => $"{string.Join(", ", serving)} serves instead.",
    };

    private static string ModelOf(string subject) => subject.Split(':', 2)[0];

    /// <summary>The version of <c>name:version</c>, so that a failed load and what was heard of it are one alert.</summary>
    private static ModelVersion? VersionOf(string? subject) =>
        subject?.Split(':', 2) is [_, var selector] && ModelVersion.TryParse(selector, out var version) ? version : null;
}
