using ModelPersistence.Configuration;

namespace ModelPersistence.Transfer;

/// <summary>The numbers the transfer of bytes goes by.</summary>
internal sealed record TransferSettings
{
    private const int UsualStreams = 8;

    /// <summary>The most streams at once. Each holds one buffer of the longest chunk's size.</summary>
    public int MaxStreams { get; init; } = 32;

    /// <summary>The streams a transfer begins with.</summary>
    public int FirstStreams => Math.Min(UsualStreams, MaxStreams);

    /// <summary>How long a stream may take for 4 KiB before it is given up on.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a source may take until a stream is open. A source that speaks HTTP gives up earlier by itself.</summary>
    public TimeSpan OpenTimeout => StallTimeout < TimeSpan.FromHours(1) ? 4 * StallTimeout : StallTimeout;

    /// <summary>How often a chunk is read that comes with the wrong bytes.</summary>
    public int WrongAttempts { get; init; } = 3;

    /// <summary>How often a source is asked that fails in a way which may pass, without anything having come in between.</summary>
    public int TransientAttempts { get; init; } = 5;

    /// <summary>How often a source is asked that says it is asked too often.</summary>
    public int ThrottledAttempts { get; init; } = 8;

    /// <summary>The longest first wait between attempts; each further one may be twice as long. Zero never waits.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait between attempts.</summary>
    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The processor time that this process has taken so far.</summary>
    public Func<TimeSpan> ProcessorTime { get; init; } = static () => Environment.CpuUsage.TotalTime;

    /// <summary>Whether chunks are hashed. No option leads here: it is for a benchmark that asks what hashing costs.</summary>
    public bool Hash { get; init; } = true;

    public static TransferSettings From(ModelManagementOptions options) => new() { MaxStreams = options.MaxDownloadStreams, StallTimeout = options.StallTimeout };
}
