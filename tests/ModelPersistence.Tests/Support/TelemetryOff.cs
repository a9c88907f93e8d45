using System.Runtime.CompilerServices;
using ModelPersistence.Runtime;

namespace ModelPersistence.Tests.Support;

/// <summary>Tests create sessions of their own too: before the first one the runtime's reporting is switched off.</summary>
internal static class TelemetryOff
{
    [ModuleInitializer]
    internal static void Initialize() => RuntimeTelemetry.TurnOff();
}
