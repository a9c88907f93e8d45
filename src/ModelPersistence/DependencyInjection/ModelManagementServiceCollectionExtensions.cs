using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ModelPersistence.Configuration;
using ModelPersistence.DependencyInjection;
using ModelPersistence.Runtime;
using ModelPersistence.Sessions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds model management to a host.</summary>
public static class ModelManagementServiceCollectionExtensions
{
    /// <summary>
    /// Registers <c>IModelProvider</c>, <c>IModelStatus</c>, <c>IModelRepository</c> and the service that loads models when the host starts. Options come
    /// from the configuration section <c>ModelManagement</c> where there is one, then from code. The runtime's environment begins to be
    /// created at once, unless <see cref="ModelManagementOptions.EagerStart"/> is false.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Options by code, applied after the configuration section. Called twice: at once for the early start, and when the options are built.</param>
    public static IModelManagementBuilder AddModelManagement(this IServiceCollection services, Action<ModelManagementOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.FirstOrDefault(static service => service.ServiceType == typeof(ModelManagementBuilder))?.ImplementationInstance is ModelManagementBuilder existing)
        {
            return configure is null ? existing : existing.Configure(configure);
        }

        var preview = Preview(services, configure);
        var environment = new RuntimeEnvironment(preview.RuntimeTelemetry, preview.EnvironmentFactory);
        var weights = new EagerWeights();
        if (preview.EagerStart)
        {
            environment.Begin();
            foreach (var model in preview.Models)
            {
                ModelManagementBuilder.Touch(preview, weights, model.Reference);
            }
        }

        // First of all, also before what the host has configured already.
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<ModelManagementOptions>>(static provider => new EnvironmentDefaults(provider.GetService<IHostEnvironment>())));
        services.AddOptionsWithValidateOnStart<ModelManagementOptions>()
            .Configure<IServiceProvider>(static (options, provider) => provider.GetService<IConfiguration>()?.GetSection(ModelManagementOptions.SectionName).Bind(options));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ModelManagementOptions>, ModelManagementOptionsValidator>());
        if (configure is not null)
        {
            services.Configure(configure);
        }

        var builder = new ModelManagementBuilder(services, preview, weights);
        services.AddSingleton(builder);
        services.AddSingleton(environment);
        services.AddSingleton(_ => weights);
        Composition.Add(services);
        return builder;
    }

    /// <summary>
    /// What can be known of the options before the host is built, for the early start alone. A hint: the options that count are bound and
    /// validated later.
    /// </summary>
    private static ModelManagementOptions Preview(IServiceCollection services, Action<ModelManagementOptions>? configure)
    {
        var preview = new ModelManagementOptions();
        try
        {
            var host = services.LastOrDefault(static service => service.ServiceType == typeof(HostBuilderContext))?.ImplementationInstance as HostBuilderContext;
            host?.Configuration.GetSection(ModelManagementOptions.SectionName).Bind(preview);
            configure?.Invoke(preview);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            // Said properly, with its key, when the options are bound for the host.
            preview.EagerStart = false;
        }

        return preview;
    }
}
