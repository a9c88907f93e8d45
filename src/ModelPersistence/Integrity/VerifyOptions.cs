namespace ModelPersistence.Integrity;

/// <summary>How files are verified.</summary>
internal sealed record VerifyOptions
{
    public static readonly VerifyOptions Default = new();

    /// <summary>How many threads hash. One is for work behind the start.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether a file may have more than one name: only in a folder that nobody but us can write.</summary>
    public bool AllowHardLinks { get; init; }

    /// <summary>What the reader of an error can do.</summary>
    public string Remedy { get; init; } = "Restore the file from its source, or publish the model as a new version.";

    public ReadProgress Progress { get; init; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
