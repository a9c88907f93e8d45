using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Serving;

/// <summary>Where one reference leads. Stable for the life of the host; its target is replaced as a whole.</summary>
internal sealed class ModelRoute(ModelReference reference, ModelOptions options, bool isNamed)
{
    private volatile ServedModel? _target;
    private volatile ModelState _progress = ModelState.Idle;
    private volatile Exception? _failure;

    public ModelReference Reference => reference;

    public ModelOptions Options => options;

    public SessionSettings Settings { get; } = SessionSettings.From(options);

    /// <summary>Whether the host names it in AddModel: its loads are never abandoned.</summary>
    public bool IsNamed => isNamed;

    public ServedModel? Target => _target;

    public Exception? Failure => _failure;

    public ModelState State => _target?.State ?? _progress;

    public ModelLease? TryLease() => _target?.TryLease();

    public void Enter(ModelState state) => _progress = state;

    public void LeadTo(ServedModel target)
    {
        _target = target;
        _failure = null;
    }

    public void Fail(Exception failure)
    {
        _failure = failure;
        _progress = ModelState.Failed;
        _target = null;
    }
}
