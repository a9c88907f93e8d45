namespace ModelPersistence.Repositories;

/// <summary>The providers in the order in which they are asked. Immutable.</summary>
internal sealed class ProviderChain
{
    private readonly ModelFileProvider? _files;

    private readonly IReadOnlyDictionary<string, string>? _origins;

    /// <param name="providers">The providers.</param>
    /// <param name="origins">Per model, the provider whose aliases rule; the last that knows the model where none is named.</param>
    public ProviderChain(IEnumerable<IStorageProvider> providers, IReadOnlyDictionary<string, string>? origins = null)
    {
        _origins = origins;
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

    /// <summary>Those of a model whose answer costs no network, as far as a mount does not: folders and files.</summary>
    public IReadOnlyList<IStorageProvider> NearFor(string model) => [.. For(model).Where(IsNear)];

    /// <summary>The others: what they say of aliases and listings is waited for only where nobody near knows.</summary>
    public IReadOnlyList<IStorageProvider> FarFor(string model)
    {
        var origin = _origins?.GetValueOrDefault(model);
        return [.. For(model).Where(provider => !IsNear(provider) && (origin is null || provider.Name == origin))];
    }

    public IStorageProvider? Find(string providerName) => Providers.FirstOrDefault(provider => provider.Name == providerName);

    private static bool IsNear(IStorageProvider provider) => provider is DirectoryProvider or ModelFileProvider;
}
