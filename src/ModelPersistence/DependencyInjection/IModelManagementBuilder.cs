using ModelPersistence.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>What <c>AddModelManagement</c> returns: the place to add providers and models.</summary>
public interface IModelManagementBuilder
{
    /// <summary>The services of the host.</summary>
    IServiceCollection Services { get; }

    /// <summary>Changes the options after the configuration section was bound. Calls apply in order.</summary>
    IModelManagementBuilder Configure(Action<ModelManagementOptions> configure);
}
