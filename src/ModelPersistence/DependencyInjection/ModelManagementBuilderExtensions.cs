using Microsoft.Extensions.DependencyInjection.Extensions;
using ModelPersistence.Configuration;
using ModelPersistence.DependencyInjection;
using ModelPersistence.Http;
using ModelPersistence.Repositories;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Providers and models for <c>AddModelManagement</c>. Providers are asked in the order in which they are added.</summary>
public static class ModelManagementBuilderExtensions
{
    /// <summary>Adds a read-only repository tree, such as one in a container image. Its bytes are hashed behind the start unless set otherwise.</summary>
    public static IModelManagementBuilder AddBakedIn(this IModelManagementBuilder builder, string path, Action<ProviderOptions>? configure = null) =>
        builder.AddProvider(ProviderOptions.BakedIn, path, configure);

    /// <summary>Adds a repository tree that many hosts read and write: EFS, NFS, Azure Files, a persistent volume, or a plain folder.</summary>
    public static IModelManagementBuilder AddSharedVolume(this IModelManagementBuilder builder, string path, Action<ProviderOptions>? configure = null) =>
        builder.AddProvider(ProviderOptions.SharedVolume, path, configure);

    /// <summary>Adds a repository tree behind a web server or CDN, read-only. Its models are fetched to the nearest writable place and verified on the way.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="baseAddress">Where the tree begins, http or https.</param>
    /// <param name="configure">Name, authorization, the client.</param>
    /// <exception cref="ArgumentException">The address is none.</exception>
    public static IModelManagementBuilder AddHttp(this IModelManagementBuilder builder, string baseAddress, Action<HttpProviderOptions>? configure = null)
    {
        HttpProviderOptions options = new() { BaseAddress = Uri.TryCreate(baseAddress, UriKind.Absolute, out var address) ? address : null };
        configure?.Invoke(options);
        return HttpProviderFactory.WhyInvalid(options) is { } fault
            ? throw new ArgumentException($"{fault}.", nameof(baseAddress))
            : builder.AddProvider(options.Name, services => HttpProviderFactory.Create(options, services));
    }

    /// <summary>Adds a provider of the caller's own. Models it holds are fetched to the nearest writable place unless it has local paths.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">Its name, equal to <see cref="IStorageProvider.Name"/> and unique in the chain.</param>
    /// <param name="create">Creates it once; the host disposes it.</param>
    public static IModelManagementBuilder AddProvider(this IModelManagementBuilder builder, string name, Func<IServiceProvider, IStorageProvider> create)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(create);
        builder.Services.TryAddKeyedSingleton(name, (services, _) => create(services));
        return builder.Configure(options => options.Providers.Add(new ProviderOptions { Type = ProviderOptions.Custom, Name = name }));
    }

    /// <summary>Names a model that the host loads when it starts.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="reference"><c>name[:selector][@sha256:digest]</c>.</param>
    /// <param name="configure">Threads, warm-up, execution providers, whether it is critical.</param>
    public static IModelManagementBuilder AddModel(this IModelManagementBuilder builder, string reference, Action<ModelRegistration>? configure = null) =>
        builder.AddModel(new ModelOptions { Reference = reference }, configure);

    /// <summary>Names a model that is a single ONNX file, with its external data beside it if it has any. No repository is needed.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The name to serve it under.</param>
    /// <param name="path">The file; relative to the current directory unless it is a full path.</param>
    /// <param name="configure">Threads, warm-up, execution providers, whether it is critical.</param>
    public static IModelManagementBuilder AddModelFile(this IModelManagementBuilder builder, string name, string path, Action<ModelRegistration>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return builder.AddModel(new ModelOptions { Reference = name, File = Path.GetFullPath(path) }, configure);
    }

    private static IModelManagementBuilder AddModel(this IModelManagementBuilder builder, ModelOptions model, Action<ModelRegistration>? configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(model.Reference, "reference");
        configure?.Invoke(new ModelRegistration(model));
        Own(builder).AddModel(model);
        return builder;
    }

    private static IModelManagementBuilder AddProvider(this IModelManagementBuilder builder, string type, string path, Action<ProviderOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var provider = new ProviderOptions { Type = type, Path = Path.GetFullPath(path) };
        configure?.Invoke(provider);
        return builder.Configure(options => options.Providers.Add(provider));
    }

    private static ModelManagementBuilder Own(IModelManagementBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder as ModelManagementBuilder
            ?? throw new ArgumentException("The builder must come from AddModelManagement.", nameof(builder));
    }
}
