using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ModelPersistence.Aws;
using ModelPersistence.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Repositories in S3 for <c>AddModelManagement</c>.</summary>
public static class S3ModelManagementBuilderExtensions
{
    /// <summary>Lets configuration name providers of the type <c>S3</c> (<c>ModelManagement:Providers:N:Type</c>), with the names of <see cref="S3Options"/> below <c>Settings</c>.</summary>
    /// <param name="builder">The builder.</param>
    public static IModelManagementBuilder AddS3(this IModelManagementBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IStorageProviderFactory, S3ProviderFactory>());
        return builder;
    }

    /// <summary>Adds a repository in S3 under the name <c>S3</c>. Models it holds are fetched to the nearest writable place.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets at least <see cref="S3Options.BucketName"/>.</param>
    public static IModelManagementBuilder AddS3(this IModelManagementBuilder builder, Action<S3Options> configure) =>
        builder.AddS3(S3ProviderFactory.TypeName, configure);

    /// <summary>Adds a repository in S3 under a name of its own, for example one of several.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The provider's name in messages and status, unique in the chain; also the key under which a client of its own may be registered.</param>
    /// <param name="configure">Sets at least <see cref="S3Options.BucketName"/>.</param>
    public static IModelManagementBuilder AddS3(this IModelManagementBuilder builder, string name, Action<S3Options> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(configure);
        builder.AddS3();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<S3Options>, S3OptionsValidator>());
        builder.Services.AddOptionsWithValidateOnStart<S3Options>(name).Configure(configure);
        return builder.AddProvider(name, services => S3ProviderFactory.Create(name, services.GetRequiredService<IOptionsMonitor<S3Options>>().Get(name), services));
    }
}
