namespace ModelPersistence.Repositories;

/// <summary>The providers in the order in which they are asked. Immutable.</summary>
internal sealed class ProviderChain
{
    private readonly ModelFileProvider? _files;

    public ProviderChain(IEnumerable<IStorageProvider> providers)
    {
        Providers = [.. providers];
        _files = Providers.OfType<ModelFileProvider>().FirstOrDefault();
        if (Providers.GroupBy(static provider => provider.Name, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"Two providers are called '{twice.Key}'. Give each its own Name under ModelManagement:Providers.", nameof(providers));
        }
    }

    public IReadOnlyList<IStorageProvider> Providers { get; }

    /// <summary>Who is asked for a model: a file that was named for it hides whatever repositories hold under that name.</summary>
    public IReadOnlyList<IStorageProvider> For(string model) => _files?.Knows(model) == true ? [_files] : Providers;

    public IStorageProvider? Find(string providerName) => Providers.FirstOrDefault(provider => provider.Name == providerName);
}
