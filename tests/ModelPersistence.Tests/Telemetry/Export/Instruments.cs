using System.Reflection;
using ModelPersistence.Telemetry;

namespace ModelPersistence.Tests.Telemetry.Export;

/// <summary>The instruments that the library promises.</summary>
internal static class Instruments
{
    /// <summary>All of them, as the public names have them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. typeof(ModelTelemetry).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(static field => field.IsLiteral && field.Name != nameof(ModelTelemetry.OpenSpan))
            .Select(static field => (string)field.GetRawConstantValue()!)
            .Where(static name => name.StartsWith("model.", StringComparison.Ordinal)),
    ];
}
