using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>One thing that happened.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Subject">The reference or the <c>name:version</c> it happened to; the phase for <see cref="ModelChangeKind.Phase"/>.</param>
/// <param name="Version">The version it is about, where it is about one.</param>
/// <param name="Reason">Why, where there is more to say.</param>
/// <param name="At">When, by the host's clock (UTC).</param>
public sealed record ModelChange(ModelChangeKind Kind, string Subject, ModelVersion? Version, string? Reason, DateTimeOffset At);
