using ModelPersistence.Models;

namespace ModelPersistence.Monitoring;

/// <summary>What a rule has found at one look. What is well gives none.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Model">The model; null for all of them.</param>
/// <param name="Version">The version, where it is about one.</param>
/// <param name="IsBad">Whether it raises an alert; false where it is too bad to resolve one and not bad enough to raise one.</param>
internal sealed record AlertFinding(AlertRule Rule, string? Model, ModelVersion? Version, bool IsBad)
{
    public AlertSeverity Severity { get; init; }

    /// <summary>Null where there is nothing new to say of it.</summary>
    public string? Message { get; init; }

    public double? Value { get; init; }

    public double? Bound { get; init; }
}
