using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Configuration;
using ModelPersistence.Http;
using ModelPersistence.Repositories;

namespace ModelPersistence.DependencyInjection;

/// <summary>Providers of the type <c>Http</c>.</summary>
internal sealed class HttpProviderFactory : IStorageProviderFactory
{
    public string Type => "Http";

    public IEnumerable<string> Validate(ProviderOptions options)
    {
        string? malformed = null;
        HttpProviderOptions? bound = null;
        try
        {
            bound = Bind("", options);
        }
        catch (InvalidOperationException e)
        {
            malformed = $"Settings: {e.Message.TrimEnd('.')}";
        }

        return malformed is not null ? [malformed] : WhyInvalid(bound!) is { } fault ? [$"Settings:{fault}"] : [];
    }

    public IStorageProvider Create(string name, ProviderOptions options, IServiceProvider services) => Create(Bind(name, options), services);

    public static IStorageProvider Create(HttpProviderOptions options, IServiceProvider services)
    {
        var client = options.Client?.Invoke(services);
        return new ObjectRepository(
            options.Name, new HttpObjectStore(options, client ?? HttpTransport.CreateClient(), ownsClient: client is null, services.GetRequiredService<TimeProvider>()));
    }

    /// <summary>The setting that is wrong and why, or null.</summary>
    public static string? WhyInvalid(HttpProviderOptions options) =>
        options.BaseAddress is not { IsAbsoluteUri: true, Scheme: "http" or "https" } ? $"BaseAddress: '{options.BaseAddress}' is not an address that begins with http:// or https://"
        : options.AttemptTimeout <= TimeSpan.Zero ? $"AttemptTimeout: {options.AttemptTimeout} is not a positive time span"
        : null;

    private static HttpProviderOptions Bind(string name, ProviderOptions options)
    {
        HttpProviderOptions bound = new();
        new ConfigurationBuilder().AddInMemoryCollection(options.Settings.Select(static pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))).Build().Bind(bound);
        bound.Name = name;
        return bound;
    }
}
