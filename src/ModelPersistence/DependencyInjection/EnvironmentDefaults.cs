using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ModelPersistence.Configuration;

namespace ModelPersistence.DependencyInjection;

/// <summary>
/// The defaults of a developer's machine. The options themselves begin with those of production, which also count where nobody says in what
/// environment the host runs. Comes before everything else that configures the options, so that configuration and code override it.
/// </summary>
internal sealed class EnvironmentDefaults(IHostEnvironment? environment) : IConfigureOptions<ModelManagementOptions>
{
    public void Configure(ModelManagementOptions options)
    {
        if (environment is null || !environment.IsDevelopment())
        {
            return;
        }

        options.RefreshInterval = TimeSpan.FromSeconds(5);
        options.AutomaticRollback = false;
        options.MemoryBudgetShare = 0.5;
        options.LeaseWarningAfter = TimeSpan.FromMinutes(10);
    }
}
