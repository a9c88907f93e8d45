using Amazon.S3;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Configuration;
using ModelPersistence.Repositories;

namespace ModelPersistence.Aws;

/// <summary>Makes providers of the type <c>S3</c>, from configuration or from code.</summary>
internal sealed class S3ProviderFactory : IStorageProviderFactory
{
    public const string TypeName = "S3";

    public string Type => TypeName;

    public IEnumerable<string> Validate(ProviderOptions options)
    {
        string? unreadable = null;
        S3Options settings = new();
        try
        {
            Bind(options, settings);
        }
        catch (InvalidOperationException e)
        {
            unreadable = $"Settings: {e.Message.TrimEnd('.')}";
        }

        return unreadable is null ? S3OptionsValidator.Faults(settings).Select(static fault => $"Settings:{fault}") : [unreadable];
    }

    public IStorageProvider Create(string name, ProviderOptions options, IServiceProvider services)
    {
        S3Options settings = new();
        Bind(options, settings);
        return Create(name, settings, services);
    }

    public static IStorageProvider Create(string name, S3Options options, IServiceProvider services)
    {
        var logger = services.GetService<ILoggerFactory>()?.CreateLogger<S3ObjectStore>() ?? NullLogger<S3ObjectStore>.Instance;
        var time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        S3Connection connection = new(S3Place.From(name, options), options, Given, time, logger);
        return new ObjectRepository(name, new S3ObjectStore(connection), time);

        IAmazonS3? Given() =>
            options.Client?.Invoke(services)
            ?? services.GetKeyedService<IAmazonS3>(name)
            ?? (options.DescribesClient ? null : services.GetService<IAmazonS3>());
    }

    private static void Bind(ProviderOptions options, S3Options settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(options.Settings.Select(static setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
            .Build()
            .Bind(settings, static binder => binder.ErrorOnUnknownConfiguration = true);
}
