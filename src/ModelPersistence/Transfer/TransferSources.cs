using ModelPersistence.Repositories;

namespace ModelPersistence.Transfer;

/// <summary>Where the bytes of one version can come from, in the order in which they are asked. One that failed for good is not asked again.</summary>
internal sealed class TransferSources(IReadOnlyList<IStorageProvider> providers)
{
    private readonly HashSet<IStorageProvider> _failed = [];

    public IReadOnlyList<IStorageProvider> Providers => providers;

    /// <summary>Their names, for messages.</summary>
    public string Names => string.Join(", ", providers.Select(static provider => $"'{provider.Name}'"));

    public bool HasFailed(IStorageProvider provider)
    {
        lock (_failed)
        {
            return _failed.Contains(provider);
        }
    }

    /// <summary>True for the first who says so.</summary>
    public bool MarkFailed(IStorageProvider provider)
    {
        lock (_failed)
        {
            return _failed.Add(provider);
        }
    }
}
