namespace ModelPersistence.Http;

/// <summary>The numbers <see cref="HttpRangeReader"/> goes by. Immutable.</summary>
public sealed record HttpRangeOptions
{
    /// <summary>How long one request may take until the headers of its answer are there. Default 15 s.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The setting that changes <see cref="AttemptTimeout"/>, for messages.</summary>
    public string AttemptTimeoutSetting { get; init; } = "AttemptTimeout";
}
