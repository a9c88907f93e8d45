using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPersistence.AspNetCore.Metrics;
using ModelPersistence.Serving;

namespace Microsoft.AspNetCore.Builder;

/// <summary>The metrics of the models of this host, for Prometheus and whatever reads its format.</summary>
public static class ModelMetricsEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps the metrics of <see cref="ModelPersistence.Telemetry.ModelTelemetry"/>, and no others, in Prometheus' text format, or as OpenMetrics for
    /// clients that ask for it. A host that has an exporter for all its metrics does not need this. They are counted from this call on, so map
    /// it before the host starts.
    /// </summary>
    /// <remarks>The names of models, versions and storage providers can be read by whoever reaches the endpoint.</remarks>
    /// <param name="endpoints">Where the endpoint is added.</param>
    /// <param name="pattern">Its path.</param>
    /// <returns>The endpoint, for authorization and the like.</returns>
    /// <exception cref="InvalidOperationException">The host has no <c>AddModelManagement</c>.</exception>
    public static IEndpointConventionBuilder MapModelMetrics(this IEndpointRouteBuilder endpoints, string pattern = "/metrics/models")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        var services = endpoints.ServiceProvider;
        if (services.GetService<IServiceProviderIsService>()?.IsService(typeof(IModelProvider)) == false)
        {
            throw new InvalidOperationException("There are no models to measure: call services.AddModelManagement() before the host is built.");
        }

        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("ModelPersistence.AspNetCore.Metrics");
        MetricsCollector collector = new(services.GetService<IMeterFactory>(), logger);
        services.GetService<IHostApplicationLifetime>()?.ApplicationStopped.Register(collector.Dispose);
        return endpoints.MapMethods(pattern, [HttpMethods.Get, HttpMethods.Head], new MetricsEndpoint(collector).AnswerAsync);
    }
}
