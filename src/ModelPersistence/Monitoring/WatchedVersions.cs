using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Serving;

namespace ModelPersistence.Monitoring;

/// <summary>Reads how the runs of all versions went, and puts it into minutes. Its owner holds the lock.</summary>
internal sealed class WatchedVersions(Func<IReadOnlyList<ServedModel>> served, ModelManagementOptions options, TimeProvider clock)
{
    /// <summary>Versions beyond take the place of those that are loaded no more; where there is none, they are not watched.</summary>
    public const int Most = 128;

    private readonly Dictionary<(string, ModelVersion), WatchedVersion> _versions = [];
    private readonly Dictionary<string, AlertSettings> _settings = new(StringComparer.Ordinal);
    private readonly MonitorSettings _monitor = MonitorSettings.From(options);
    private readonly long[] _fresh = RunCounts.Create();
    private int _minute = MinuteOf(clock.GetUtcNow());

    public IReadOnlyCollection<WatchedVersion> All => _versions.Values;

    public AlertSettings SettingsOf(string model) =>
        _settings.TryGetValue(model, out var known) ? known : _settings[model] = AlertSettings.For(model, options);

    /// <summary>Takes in what has run since the last look; ends the minute where it is over.</summary>
    public void Absorb()
    {
        var now = MinuteOf(clock.GetUtcNow());
        var loaded = served();
        foreach (var one in loaded)
        {
            Find(one);
        }

        foreach (var version in _versions.Values)
        {
            foreach (var source in version.Sources)
            {
                version.Absorb(source, _fresh);
            }

            // One that is gone was looked at above for the last time: its session is disposed, so that nothing runs any more.
            version.Sources.RemoveAll(source => !loaded.Contains(source.Served));
        }

        if (now > _minute)
        {
            Close(now);
        }
    }

    /// <summary>The versions that have run in the last 24 hours, with the minutes that began after a moment.</summary>
    public IReadOnlyList<ModelTrend> Describe(DateTimeOffset since) =>
    [
        .. from version in _versions.Values
           where version.HasTrend
           orderby version.Model, version.Version
           select version.Describe(_minute, MinuteOf(since)),
    ];

    private void Close(int now)
    {
        foreach (var version in _versions.Values)
        {
            version.Close(_minute);
        }

        foreach (var (key, version) in _versions.Where(pair => pair.Value.Sources.Count == 0 && now - pair.Value.LastSeen > TrendRing.Minutes).ToList())
        {
            _versions.Remove(key);
        }

        _minute = now;
    }

    private void Find(ServedModel one)
    {
        var key = (one.Name, one.Version);
        if (!_versions.TryGetValue(key, out var version))
        {
            if (_versions.Count >= Most && !TryForgetOne())
            {
                return;
            }

            _versions[key] = version = new WatchedVersion(one.Name, one.Version, SettingsOf(one.Name), _monitor, clock);
        }

        version.LastSeen = _minute;
        if (!version.Sources.Any(source => ReferenceEquals(source.Served, one)))
        {
            version.Sources.Add(new VersionSource(one));
        }
    }

    /// <summary>Whether there was one that is not loaded any more.</summary>
    private bool TryForgetOne()
    {
        var oldest = _versions.Where(static pair => pair.Value.Sources.Count == 0).OrderBy(static pair => pair.Value.LastSeen).Select(static pair => pair.Value).FirstOrDefault();
        return oldest is not null && _versions.Remove((oldest.Model, oldest.Version));
    }

    private static int MinuteOf(DateTimeOffset time) => (int)(time.ToUnixTimeSeconds() / 60);
}
