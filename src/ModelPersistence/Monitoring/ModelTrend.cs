using ModelPersistence.Models;

namespace ModelPersistence.Monitoring;

/// <summary>The last 24 hours of one version in this process. A snapshot; immutable.</summary>
public sealed record ModelTrend
{
    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>The version; 0.0.0 for a file without a repository.</summary>
    public required ModelVersion Version { get; init; }

    /// <summary>Whether the version is loaded now.</summary>
    public required bool IsLoaded { get; init; }

    /// <summary>The minutes in which runs ended, oldest first; minutes without any are left out. The last may not be over yet.</summary>
    public required IReadOnlyList<TrendMinute> Minutes { get; init; }
}
