namespace ModelPersistence.Runtime;

/// <summary>How a session's kernels get their weights.</summary>
internal enum Packing
{
    /// <summary>As they lie, mapped: soonest ready.</summary>
    None,

    /// <summary>Packed for the processor, from the artifact where it holds them, else in memory while the session opens: fastest to run.</summary>
    Kernel,
}
