using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Monitoring;
using ModelPersistence.Serving;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Monitoring;

/// <summary>Versions without sessions, whose runs a test makes up, and what watches them. The clock stands still at a full minute.</summary>
internal sealed class WatchScene : IDisposable
{
    private readonly ServingContext _context;

    public WatchScene(Action<ModelManagementOptions>? configure = null)
    {
        configure?.Invoke(Options);
        _context = new ServingContext(Clock, NullLogger.Instance, TimeSpan.FromMinutes(1));
        Versions = new WatchedVersions(() => Loaded, Options, Clock);
        Rules = new VersionRules(Options.Alerts);
    }

    public ManualTimeProvider Clock { get; } = new();

    public ModelManagementOptions Options { get; } = new();

    public List<ServedModel> Loaded { get; } = [];

    public WatchedVersions Versions { get; }

    public VersionRules Rules { get; }

    public ServedModel Load(string name = "add", int version = 1, bool settled = true)
    {
        ServedModel served = new(name, ModelVersion.Parse($"{version}.0.0"), null, new LoadRecorder(Clock, Clock.GetTimestamp()), _context);
        if (settled)
        {
            served.Settle();
        }

        Loaded.Add(served);
        Versions.Absorb();
        return served;
    }

    public static void Run(ServedModel served, int succeeded, int failed = 0, double milliseconds = 10)
    {
        for (var i = 0; i < succeeded + failed; i++)
        {
            served.RunEnded(TimeSpan.FromMilliseconds(milliseconds), i < succeeded ? RunOutcome.Succeeded : RunOutcome.Failed);
        }
    }

    /// <summary>Moves the clock and looks.</summary>
    public void Pass(TimeSpan time)
    {
        Clock.Advance(time);
        Versions.Absorb();
    }

    public void PassMinutes(int minutes, Action? each = null)
    {
        for (var i = 0; i < minutes; i++)
        {
            each?.Invoke();
            Pass(TimeSpan.FromMinutes(1));
        }
    }

    public IReadOnlyList<AlertFinding> Judge() => [.. Versions.All.SelectMany(Rules.Judge)];

    public void Dispose() => _context.Dispose();
}
