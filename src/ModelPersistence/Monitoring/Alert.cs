using ModelPersistence.Models;

namespace ModelPersistence.Monitoring;

/// <summary>Something that is wrong, or was. Immutable: what changes about it comes as another record with the same <see cref="Id"/>.</summary>
public sealed record Alert
{
    /// <summary>Tells alerts apart: the same from when one is raised until it is resolved, and never used again.</summary>
    public required string Id { get; init; }

    /// <summary>What it is about.</summary>
    public required AlertRule Rule { get; init; }

    /// <summary>How bad it is.</summary>
    public required AlertSeverity Severity { get; init; }

    /// <summary>The model; null where it is about all of them.</summary>
    public string? Model { get; init; }

    /// <summary>The version, where it is about one.</summary>
    public ModelVersion? Version { get; init; }

    /// <summary>What is wrong, by how much, and the setting or step that mends it.</summary>
    public required string Message { get; init; }

    /// <summary>
    /// The figure that was judged last: a share from 0 to 1 for <see cref="AlertRule.ErrorRate"/>, <see cref="AlertRule.Latency"/> (of runs over the
    /// target) and <see cref="AlertRule.Memory"/> (of the budget), the ratio to its history for <see cref="AlertRule.Drift"/>; null where there is none.
    /// </summary>
    public double? Value { get; init; }

    /// <summary>What <see cref="Value"/> may be.</summary>
    public double? Bound { get; init; }

    /// <summary>When it was found (UTC).</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When it was over (UTC); null while it is the case.</summary>
    public DateTimeOffset? ResolvedAt { get; init; }
}
