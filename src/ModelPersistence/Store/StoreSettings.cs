using ModelPersistence.Configuration;

namespace ModelPersistence.Store;

/// <summary>The numbers the store goes by.</summary>
internal sealed record StoreSettings
{
    public TimeSpan VolumeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan AttributeCacheTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan AbandonAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many ranges are read from a source at once. Each holds one buffer of a chunk's size.</summary>
    public int ParallelReads { get; init; } = 8;

    public static StoreSettings From(ModelManagementOptions options) => new()
    {
        VolumeTimeout = options.VolumeTimeout,
        AttributeCacheTimeout = options.AttributeCacheTimeout,
        AbandonAfter = options.AbandonAfter,
    };
}
