namespace ModelPersistence.AspNetCore.Inference;

/// <summary>What the endpoints of the Open Inference Protocol allow. Read once, when they are mapped.</summary>
public sealed class InferenceProtocolOptions
{
    private const int MemoryShare = 8;

    /// <summary>The server's name in its metadata; <c>modelpersistence</c> by default.</summary>
    public string ServerName { get; set; } = "modelpersistence";

    /// <summary>Which models clients reach; <see cref="InferenceExposure.NamedReferences"/> by default.</summary>
    public InferenceExposure Exposure { get; set; }

    /// <summary>
    /// The keys of which a client must send one, as <c>Authorization: Bearer KEY</c> or <c>X-Api-Key: KEY</c>; several while a key is being
    /// replaced. Empty by default: whoever reaches the endpoints may use them. Health needs no key.
    /// </summary>
    public IList<string> ApiKeys { get; } = [];

    /// <summary>The largest body of a request in bytes; 32 MiB by default. It replaces the server's own limit for these endpoints.</summary>
    public int MaxRequestBytes { get; set; } = 32 << 20;

    /// <summary>The largest tensor of a request in bytes, strings counted as 32 bytes and their text; 128 MiB by default.</summary>
    public int MaxTensorBytes { get; set; } = 128 << 20;

    /// <summary>How many requests run models at the same time; twice the number of processors by default.</summary>
    public int MaxConcurrency { get; set; } = 2 * Environment.ProcessorCount;

    /// <summary>How many more requests may be read or wait meanwhile; 64 by default. Those beyond are refused with status 429.</summary>
    public int MaxQueue { get; set; } = 64;

    /// <summary>
    /// The bytes that all requests in hand may hold together: bodies as they arrive, tensors, and outputs until they are sent. A request that does not fit is
    /// refused with status 503, wherever it is; one that is alone always fits. Null, the default, stands for an eighth of the memory that the process may use
    /// (the container's limit, where there is one), and for two bodies and a tensor of the largest sizes where that is more. At least
    /// <see cref="MaxRequestBytes"/> and <see cref="MaxTensorBytes"/> together. What a model takes while it runs, and the server's own buffers, come on top.
    /// </summary>
    public long? MaxBytesInHand { get; set; }

    /// <summary>How long a request waits for a model that is being loaded before it is refused with status 503; 30 seconds by default.</summary>
    public TimeSpan LoadTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The header whose value decides, where an alias is split over several versions, which of them serves a client; <c>X-Affinity-Key</c> by
    /// default. The parameter <c>affinity_key</c> of a request does the same and goes first.
    /// </summary>
    public string AffinityHeader { get; set; } = "X-Affinity-Key";

    internal long BytesInHand => MaxBytesInHand ?? Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / MemoryShare, (2L * MaxRequestBytes) + MaxTensorBytes);

    /// <summary>What the requests of these endpoints hold, from when they are mapped on.</summary>
    internal MemoryGate? Memory { get; set; }

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(ServerName, nameof(ServerName));
        ArgumentException.ThrowIfNullOrWhiteSpace(AffinityHeader, nameof(AffinityHeader));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRequestBytes, 1, nameof(MaxRequestBytes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxRequestBytes, 1 << 30, nameof(MaxRequestBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxTensorBytes, 1, nameof(MaxTensorBytes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxTensorBytes, 1 << 30, nameof(MaxTensorBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConcurrency, 1, nameof(MaxConcurrency));
        ArgumentOutOfRangeException.ThrowIfNegative(MaxQueue, nameof(MaxQueue));
        if (MaxBytesInHand < (long)MaxRequestBytes + MaxTensorBytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(MaxBytesInHand), MaxBytesInHand, $"It must hold a body and a tensor of the largest sizes: MaxRequestBytes ({MaxRequestBytes}) and MaxTensorBytes ({MaxTensorBytes}).");
        }

        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(LoadTimeout, TimeSpan.Zero, nameof(LoadTimeout));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(LoadTimeout, TimeSpan.FromDays(1), nameof(LoadTimeout));
        if (!Enum.IsDefined(Exposure))
        {
            throw new ArgumentOutOfRangeException(nameof(Exposure), Exposure, "It is none of the values of InferenceExposure.");
        }

        if (ApiKeys.Any(string.IsNullOrWhiteSpace))
        {
            throw new ArgumentException("A key is empty, so that everybody would have it. Is the setting it comes from missing?", nameof(ApiKeys));
        }
    }
}
