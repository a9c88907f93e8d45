namespace ModelPersistence.Http;

/// <summary>The numbers <see cref="HttpObjectReader"/> goes by. Immutable.</summary>
public sealed record HttpReadOptions
{
    /// <summary>How long one request may take until the headers of its answer are there, and a small object until it is read. Default 15 s.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The setting that changes <see cref="AttemptTimeout"/>, for messages.</summary>
    public string AttemptTimeoutSetting { get; init; } = "AttemptTimeout";

    /// <summary>How often a small object is asked for while the faults may pass, with growing, random pauses. Ranges are asked for once: whoever reads them knows what is missing. Default 3.</summary>
    public int ReadAttempts { get; init; } = 3;

    /// <summary>
    /// Whether the tag of an object that was written less than 2 s before it was read is dropped. Plain web servers make tags of the time
    /// in seconds and the size: what is written twice in a second can have one tag.
    /// </summary>
    internal bool DropsFreshTags { get; init; }
}
