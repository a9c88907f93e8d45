using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Configuration;
using ModelPersistence.Http;
using ModelPersistence.Repositories;

namespace ModelPersistence.DependencyInjection;

/// <summary>Providers of the type <c>Http</c>.</summary>
internal sealed class HttpProviderFactory : IStorageProviderFactory
{
    // No timer takes more than 49 days.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    public string Type => "Http";

    public IEnumerable<string> Validate(ProviderOptions options)
    {
        string? malformed = null;
        HttpProviderOptions? bound = null;
        try
        {
            bound = Bind(Type, options);
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
        var time = services.GetRequiredService<TimeProvider>();
        return new ObjectRepository(options.Name, new HttpObjectStore(options, client ?? HttpTransport.CreateClient(), ownsClient: client is null, time), time);
    }

    /// <summary>The setting that is wrong and why, or null.</summary>
    public static string? WhyInvalid(HttpProviderOptions options) =>
        options.BaseAddress is not { IsAbsoluteUri: true, Scheme: "http" or "https" } address ? "BaseAddress: it is not an address that begins with http:// or https://"
        : address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0
            ? "BaseAddress: it has a user name, a query or a fragment, which keys cannot be appended to; credentials belong into BearerToken or Authorize"
        : string.IsNullOrWhiteSpace(options.Name) ? "Name: it is empty"
        : options.BearerToken?.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0 || options.BearerToken is "" ? "BearerToken: it is empty or holds a space, a line break or a sign that no header can carry"
        : options.AttemptTimeout <= TimeSpan.Zero || options.AttemptTimeout > LongestTimer ? $"AttemptTimeout: {options.AttemptTimeout} is not between a moment and {LongestTimer.TotalDays:0} days"
        : null;

    private static HttpProviderOptions Bind(string name, ProviderOptions options)
    {
        HttpProviderOptions bound = new();
        new ConfigurationBuilder()
            .AddInMemoryCollection(options.Settings.Select(static pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)))
            .Build()
            .Bind(bound, static binder => binder.ErrorOnUnknownConfiguration = true);
        bound.Name = name;
        return bound;
    }
}
