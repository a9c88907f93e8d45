namespace ModelPersistence.Download.Reporting;

internal static class Figures
{
    /// <summary>For peers that are commands: both sides pay for their start.</summary>
    public static Figure Process { get; } = new("whole process", static one => one.Process);

    /// <summary>For peers in a process like ours: both sides start alike.</summary>
    public static Figure Transfer { get; } = new("transfer", static one => one.Transfer);

    public static Figure Cpu { get; } = new("CPU, whole process", static one => one.Cpu);

    public static Figure Peak { get; } = new("peak memory", static one => one.Peak);
}
