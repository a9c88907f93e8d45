using ModelPersistence.Configuration;
using ModelPersistence.Transfer;

namespace ModelPersistence.Store;

/// <summary>The numbers the store goes by.</summary>
internal sealed record StoreSettings
{
    public TimeSpan VolumeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan AttributeCacheTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan AbandonAfter { get; init; } = TimeSpan.FromSeconds(30);

    public TransferSettings Transfer { get; init; } = new();

    /// <summary>Whether downloads are flushed before they are used; null on shared volumes only.</summary>
    public bool? FlushDownloads { get; init; }

    /// <summary>The bytes the local cache may take; null for no limit.</summary>
    public long? MaxStoreBytes { get; init; }

    public static StoreSettings From(ModelManagementOptions options) => new()
    {
        VolumeTimeout = options.VolumeTimeout,
        AttributeCacheTimeout = options.AttributeCacheTimeout,
        AbandonAfter = options.AbandonAfter,
        Transfer = TransferSettings.From(options),
        FlushDownloads = options.FlushDownloads,
        MaxStoreBytes = options.MaxStoreBytes,
    };
}
