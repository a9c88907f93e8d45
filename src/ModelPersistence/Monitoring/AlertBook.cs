using ModelPersistence.Models;

namespace ModelPersistence.Monitoring;

/// <summary>
/// The alerts that are not resolved. An alert is raised once, is resolved when it was well for a minute, and is told to the sinks unless they have heard
/// of the same rule and model within the cool-down. Its owner holds the lock.
/// </summary>
internal sealed class AlertBook(TimeProvider clock, TimeSpan cooldown)
{
    public static readonly TimeSpan ResolveAfter = TimeSpan.FromMinutes(1);

    private readonly Dictionary<(AlertRule, string?, ModelVersion?), Entry> _active = [];
    private readonly Dictionary<(AlertRule, string?), long> _told = [];

    public IReadOnlyList<Alert> Active => [.. _active.Values.Select(static entry => entry.Alert).OrderBy(static alert => alert.Since)];

    /// <summary>Compares what was found with what is known; what the sinks must hear.</summary>
    public IReadOnlyList<Alert> Apply(IEnumerable<AlertFinding> findings)
    {
        var (now, utc) = (clock.GetTimestamp(), clock.GetUtcNow());
        foreach (var entry in _active.Values)
        {
            entry.WasFound = false;
        }

        foreach (var finding in findings.OrderByDescending(static finding => finding.Severity))
        {
            Note(finding, utc);
        }

        List<Alert> news = [];
        foreach (var (key, entry) in _active.ToList())
        {
            if (IsWell(entry, now))
            {
                _active.Remove(key);
                if (entry.WasTold)
                {
                    news.Add(entry.Alert with { ResolvedAt = utc });
                }
            }
            else if (entry.IsWorse || (!entry.WasTold && !IsCooling(entry.Alert, now)))
            {
                (entry.WasTold, entry.IsWorse) = (true, false);
                _told[(entry.Alert.Rule, entry.Alert.Model)] = now;
                news.Add(entry.Alert);
            }
        }

        return news;
    }

    private void Note(AlertFinding finding, DateTimeOffset utc)
    {
        var key = (finding.Rule, finding.Model, finding.Version);
        if (!_active.TryGetValue(key, out var entry))
        {
            if (!finding.IsBad)
            {
                return;
            }

            Alert raised = new()
            {
                Id = Guid.NewGuid().ToString("N"),
                Rule = finding.Rule,
                Severity = finding.Severity,
                Model = finding.Model,
                Version = finding.Version,
                Message = finding.Message ?? "",
                Since = utc,
            };
            _active[key] = entry = new Entry { Alert = raised };
        }
        else if (entry.WasFound)
        {
            // Another reference to the same version has said something graver.
            return;
        }

        if (finding.Severity > entry.Alert.Severity)
        {
            // Worse than what was told: it is told again.
            entry.Alert = entry.Alert with { Severity = finding.Severity };
            entry.IsWorse = entry.WasTold;
        }

        (entry.WasFound, entry.WellSince) = (true, null);
        entry.Alert = entry.Alert with { Message = finding.Message ?? entry.Alert.Message, Value = finding.Value ?? entry.Alert.Value, Bound = finding.Bound ?? entry.Alert.Bound };
    }

    private bool IsWell(Entry entry, long now)
    {
        if (!entry.WasFound)
        {
            entry.WellSince ??= now;
        }

        return entry.WellSince is { } since && clock.GetElapsedTime(since, now) >= ResolveAfter;
    }

    private bool IsCooling(Alert alert, long now)
    {
        foreach (var (key, at) in _told.ToList())
        {
            if (clock.GetElapsedTime(at, now) >= cooldown)
            {
                _told.Remove(key);
            }
        }

        return _told.ContainsKey((alert.Rule, alert.Model));
    }

    private sealed class Entry
    {
        public required Alert Alert { get; set; }

        public bool WasFound { get; set; }

        public bool WasTold { get; set; }

        /// <summary>Whether it has become graver since it was told.</summary>
        public bool IsWorse { get; set; }

        /// <summary>Since when nothing was found, as a timestamp of the clock.</summary>
        public long? WellSince { get; set; }
    }
}
