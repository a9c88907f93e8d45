using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Sessions;

namespace ModelPersistence.DependencyInjection;

/// <summary>Collects registrations, and begins early what the next milliseconds will need.</summary>
internal sealed class ModelManagementBuilder(IServiceCollection services, ModelManagementOptions preview, EagerWeights weights)
    : IModelManagementBuilder
{
    public IServiceCollection Services => services;

    public IModelManagementBuilder Configure(Action<ModelManagementOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        services.Configure(configure);
        return this;
    }

    public void AddModel(ModelOptions model)
    {
        services.Configure<ModelManagementOptions>(options => options.Models.Add(model));
        Touch(preview, weights, model.Reference);
    }

    /// <summary>Touches the weights of the reference's last start. A malformed reference is left to the validation of the options.</summary>
    public static void Touch(ModelManagementOptions preview, EagerWeights weights, string reference)
    {
        if (preview is { EagerStart: true, Prepare: true } && ModelReference.TryParse(reference, out var parsed))
        {
            weights.Begin(preview.CachePath, parsed);
        }
    }
}
