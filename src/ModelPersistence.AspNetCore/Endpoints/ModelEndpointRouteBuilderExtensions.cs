using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.AspNetCore.Endpoints;
using ModelPersistence.Diagnostics;
using ModelPersistence.Monitoring;
using ModelPersistence.Startup;

namespace Microsoft.AspNetCore.Builder;

/// <summary>The health and the status of the models of this host.</summary>
public static class ModelEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps <see cref="IModelHealth.Check"/> as JSON: status 200 where the host is healthy or degraded, 503 where it is unhealthy, that is while a
    /// critical model has never served. Answers as the health check <c>models</c> does, for hosts that have no health checks mapped.
    /// </summary>
    /// <remarks>The names of models, and why they fail, can be read by whoever reaches the endpoint.</remarks>
    /// <param name="endpoints">Where the endpoint is added.</param>
    /// <param name="pattern">Its path.</param>
    /// <returns>The endpoint, for authorization and the like.</returns>
    /// <exception cref="InvalidOperationException">The host has no <c>AddModelManagement</c>.</exception>
    public static IEndpointConventionBuilder MapModelHealth(this IEndpointRouteBuilder endpoints, string pattern = "/health/models")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        return endpoints.MapMethods(pattern, [HttpMethods.Get, HttpMethods.Head], new HealthEndpoint(Required<IModelHealth>(endpoints)).AnswerAsync);
    }

    /// <summary>
    /// Maps everything that is known of the models as JSON: states, versions, load timelines, statistics, alerts, and the trends of the last hour by
    /// minutes, or of up to 24 hours with <c>?minutes=1440</c>.
    /// </summary>
    /// <remarks>
    /// It shows internals: error messages with file paths and host names of storage, digests, and how busy the host is. Call
    /// <c>RequireAuthorization</c> on what this returns, or map it where only operators reach it.
    /// </remarks>
    /// <param name="endpoints">Where the endpoint is added.</param>
    /// <param name="pattern">Its path.</param>
    /// <returns>The endpoint, for authorization and the like.</returns>
    /// <exception cref="InvalidOperationException">The host has no <c>AddModelManagement</c>.</exception>
    public static IEndpointConventionBuilder MapModelStatus(this IEndpointRouteBuilder endpoints, string pattern = "/models")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        var clock = endpoints.ServiceProvider.GetService<TimeProvider>() ?? TimeProvider.System;
        StatusEndpoint endpoint = new(Required<IModelStatus>(endpoints), Required<IModelMonitor>(endpoints), clock);
        return endpoints.MapMethods(pattern, [HttpMethods.Get, HttpMethods.Head], endpoint.AnswerAsync);
    }

    private static T Required<T>(IEndpointRouteBuilder endpoints)
        where T : class =>
        endpoints.ServiceProvider.GetService<T>()
        ?? throw new InvalidOperationException("There are no models to tell of: call services.AddModelManagement() before the host is built.");
}
