using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Serving;

/// <summary>Where one reference leads. Stable for the life of the host; its plan is replaced as a whole.</summary>
internal sealed class ModelRoute(ModelReference reference, ModelOptions options, bool isNamed)
{
    private volatile RoutePlan? _plan;
    private volatile ModelState _progress = ModelState.Idle;
    private volatile Exception? _failure;
    private volatile bool _hasServed;
    private volatile IReadOnlyList<string> _doubts = [];

    public ModelReference Reference => reference;

    public ModelOptions Options => options;

    public SessionSettings Settings { get; } = SessionSettings.From(options);

    /// <summary>Whether the host names it in AddModel: its loads are never abandoned.</summary>
    public bool IsNamed => isNamed;

    public RoutePlan? Plan => _plan;

    /// <summary>Whether it has ever led anywhere.</summary>
    public bool HasLed { get; private set; }

    /// <summary>How many callers wait for it. Guarded by the table.</summary>
    public int Waiters { get; set; }

    /// <summary>Under which texts it is found. Guarded by the table.</summary>
    public List<string> Spellings { get; } = [];

    /// <summary>Whether a lease can be had without a load.</summary>
    public bool IsLive => _plan is { } plan && plan.Targets.All(static target => target.Served.IsLive);

    /// <summary>Whether it has led somewhere since the host started.</summary>
    public bool HasServed => _hasServed;

    public Exception? Failure => _failure;

    public ModelState State => _plan?.Main.State ?? _progress;

    /// <summary>What is worse than it should be about the way to the version, not about the version itself.</summary>
    public IReadOnlyList<string> Doubts
    {
        get => _doubts;
        set => _doubts = value;
    }

    public ModelLease? TryLease() => _plan?.Pick()?.TryLease();

    public ModelLease? TryLease(ReadOnlySpan<char> affinityKey) => _plan?.Pick(affinityKey)?.TryLease();

    public void Enter(ModelState state) => _progress = state;

    public void LeadTo(RoutePlan plan)
    {
        HasLed = true;
        _plan = plan;
        _hasServed = true;
        _failure = null;
    }

    /// <summary>Leads nowhere from now on; the next request loads.</summary>
    public void Rest()
    {
        _progress = ModelState.Idle;
        _plan = null;
        _doubts = [];
    }

    public void Fail(Exception failure)
    {
        _failure = failure;
        _progress = ModelState.Failed;
        _plan = null;
    }
}
