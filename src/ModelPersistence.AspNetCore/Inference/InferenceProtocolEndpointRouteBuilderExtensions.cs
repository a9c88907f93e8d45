using Microsoft.AspNetCore.Routing;
using ModelPersistence.AspNetCore.Inference;

namespace Microsoft.AspNetCore.Builder;

/// <summary>The Open Inference Protocol for the models of this host.</summary>
public static class InferenceProtocolEndpointRouteBuilderExtensions
{
    /// <summary>Maps version 2 of the Open Inference Protocol, JSON over HTTP, onto the models of <c>AddModelManagement</c>.</summary>
    /// <param name="endpoints">Where the endpoints are added.</param>
    /// <param name="prefix">The path before <c>/v2</c>; empty for none.</param>
    /// <param name="configure">Changes what the endpoints allow.</param>
    /// <returns>All endpoints of the protocol, for authorization, rate limits and the like.</returns>
    /// <exception cref="InvalidOperationException">The host has no <c>AddModelManagement</c>.</exception>
    public static RouteGroupBuilder MapInferenceProtocol(this IEndpointRouteBuilder endpoints, string prefix = "", Action<InferenceProtocolOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        InferenceProtocolOptions options = new();
        configure?.Invoke(options);
        var group = endpoints.MapGroup(prefix);
        HealthEndpoints.Map(group, endpoints.ServiceProvider);
        return group;
    }
}
