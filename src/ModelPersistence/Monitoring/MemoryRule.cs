using ModelPersistence.Configuration;
using ModelPersistence.Serving;

namespace ModelPersistence.Monitoring;

/// <summary>The rule about the memory budget: all but full of models that are in use, or too small for a load.</summary>
internal sealed class MemoryRule(MemoryBudget budget, AlertOptions options, TimeProvider clock)
{
    private const string Section = ModelManagementOptions.SectionName;
    private const double WellShare = 0.9;

    private long _overSince;
    private bool _isOver;
    private long _refused;
    private long? _refusedAt;

    public IEnumerable<AlertFinding> Judge()
    {
        var (refused, last) = budget.Refusals;
        var now = clock.GetTimestamp();
        if (refused > _refused)
        {
            (_refused, _refusedAt) = (refused, now);
        }

        if (_refusedAt is { } at && clock.GetElapsedTime(at, now) <= options.Window)
        {
            return [new AlertFinding(AlertRule.Memory, null, null, IsBad: true) { Severity = AlertSeverity.Error, Value = Share(), Bound = options.MaxMemoryShare, Message = last }];
        }

        var share = Share();
        if (share <= options.MaxMemoryShare)
        {
            _isOver = false;
            return share > options.MaxMemoryShare * WellShare ? [new AlertFinding(AlertRule.Memory, null, null, IsBad: false)] : [];
        }

        (_overSince, _isOver) = (_isOver ? _overSince : now, true);
        return
        [
            new AlertFinding(AlertRule.Memory, null, null, clock.GetElapsedTime(_overSince, now) >= options.Window)
            {
                Severity = AlertSeverity.Warning,
                Value = share,
                Bound = options.MaxMemoryShare,
                Message = $"Models in use have held more than Alerts:MaxMemoryShare ({AlertText.Share(options.MaxMemoryShare)}) of the memory budget for {AlertText.Length(options.Window)}, "
                    + $"now {AlertText.Share(share)} of {MemoryText.Size(budget.Allowance.Bytes)} ({budget.Allowance.Source}): the next load or swap may be refused. "
                    + $"{budget.Allowance.Remedy}, serve fewer models, or let models unload ({Section}:Models:*:IdleTimeout).",
            },
        ];
    }

    private double Share() => budget.Allowance.Bytes > 0 ? (double)budget.BusyBytes / budget.Allowance.Bytes : 0;
}
