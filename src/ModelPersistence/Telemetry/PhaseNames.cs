using ModelPersistence.Models;

namespace ModelPersistence.Telemetry;

/// <summary>The phases of a load as tags and spans name them.</summary>
internal static class PhaseNames
{
    /// <summary>In the place of a phase: all of them.</summary>
    public const string Total = "total";

    private static readonly string[] Tags =
        ["resolve", "fetch", "verify", "prepare", "admit", "environment", "load", "first_run", "validate", "confirm", "warm", "tier_swap"];

    private static readonly string[] Spans = [.. Tags.Select(static tag => $"model.{tag}")];

    public static string Tag(LoadPhase phase) => Tags[(int)phase];

    public static string Span(LoadPhase phase) => Spans[(int)phase];
}
