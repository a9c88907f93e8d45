using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPersistence.AspNetCore.Inference;
using ModelPersistence.Configuration;
using ModelPersistence.Serving;
using ModelPersistence.Startup;

namespace Microsoft.AspNetCore.Builder;

/// <summary>The Open Inference Protocol for the models of this host.</summary>
public static class InferenceProtocolEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps version 2 of the Open Inference Protocol, JSON over HTTP, onto the models of <c>AddModelManagement</c>: health, metadata and
    /// infer below <c>/v2</c>.
    /// </summary>
    /// <param name="endpoints">Where the endpoints are added.</param>
    /// <param name="prefix">The path before <c>/v2</c>; empty for none.</param>
    /// <param name="configure">Changes what the endpoints allow.</param>
    /// <returns>All endpoints of the protocol, for authorization, rate limits and the like.</returns>
    /// <exception cref="InvalidOperationException">The host has no <c>AddModelManagement</c>.</exception>
    /// <exception cref="ArgumentException">An option is not valid; the message names it.</exception>
    public static RouteGroupBuilder MapInferenceProtocol(this IEndpointRouteBuilder endpoints, string prefix = "", Action<InferenceProtocolOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        InferenceProtocolOptions options = new();
        configure?.Invoke(options);
        options.Validate();
        var group = endpoints.MapGroup(prefix);
        Map(group, endpoints.ServiceProvider, options);
        return group;
    }

    private static void Map(RouteGroupBuilder group, IServiceProvider services, InferenceProtocolOptions options)
    {
        var models = services.GetService<IModelProvider>()
            ?? throw new InvalidOperationException("The inference protocol has no models to serve: call services.AddModelManagement() before the host is built.");
        var status = services.GetRequiredService<IModelStatus>();
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("ModelPersistence.AspNetCore.Inference");
        ExposedModels exposed = new(services.GetRequiredService<IOptions<ModelManagementOptions>>().Value.Models, options.Exposure, status);
        ModelAccess access = new(models, exposed, options, services.GetService<TimeProvider>() ?? TimeProvider.System, logger);
        RequestGate gate = new(options.MaxConcurrency, options.MaxQueue);
        services.GetService<IHostApplicationLifetime>()?.ApplicationStopped.Register(gate.Dispose);
        Map(group, new ProtocolEndpoint(new ApiKeyCheck(options.ApiKeys), logger), new ServerEndpoints(status, options), new ModelEndpoints(access),
            new InferEndpoint(access, gate, options.Memory = new MemoryGate(options.BytesInHand), options, logger));
    }

    private static void Map(RouteGroupBuilder group, ProtocolEndpoint answer, ServerEndpoints server, ModelEndpoints model, InferEndpoint infer)
    {
        group.Map("v2/health/live", answer.Get(ServerEndpoints.LiveAsync, isOpen: true));
        group.Map("v2/health/ready", answer.Get(server.ReadyAsync, isOpen: true));
        group.Map("v2", answer.Get(server.MetadataAsync));
        foreach (var path in new[] { "v2/models/{model}", "v2/models/{model}/versions/{version}" })
        {
            group.Map(path, answer.Get(model.MetadataAsync));
            group.Map($"{path}/ready", answer.Get(model.ReadyAsync));
            group.Map($"{path}/infer", answer.Post(infer.HandleAsync));
        }

        // Everything else below the protocol's root is answered in its shape, too; more specific endpoints of the host go first.
        group.Map("v2/{**rest}", answer.Any(ServerEndpoints.NowhereAsync));
    }
}
