using ModelPersistence.Repositories;

namespace ModelPersistence.Configuration;

/// <summary>Creates providers of one type that configuration can name. Register it as a singleton; packages that bring a provider do so.</summary>
/// <remarks>It must not ask for <see cref="ModelManagementOptions"/>, which are validated with its help.</remarks>
public interface IStorageProviderFactory
{
    /// <summary>The value of <see cref="ProviderOptions.Type"/> it stands for, for example <c>S3</c>.</summary>
    string Type { get; }

    /// <summary>What is wrong with a provider's options, each as the end of a sentence that begins with the key; empty when nothing is.</summary>
    IEnumerable<string> Validate(ProviderOptions options);

    /// <summary>Creates a provider; the host disposes it.</summary>
    /// <param name="name">The provider's name.</param>
    /// <param name="options">Its options.</param>
    /// <param name="services">The host's services.</param>
    IStorageProvider Create(string name, ProviderOptions options, IServiceProvider services);
}
