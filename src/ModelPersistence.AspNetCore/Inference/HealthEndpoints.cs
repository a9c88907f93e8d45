using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Startup;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>Whether the server lives, and whether it is ready to infer.</summary>
internal static class HealthEndpoints
{
    public static void Map(RouteGroupBuilder group, IServiceProvider services)
    {
        var status = services.GetService<IModelStatus>()
            ?? throw new InvalidOperationException("The inference protocol has no models to serve: call services.AddModelManagement() before the host is built.");
        group.MapGet("v2/health/live", static context => WriteAsync(context.Response, StatusCodes.Status200OK, """{"live":true}"""));
        group.MapGet("v2/health/ready", context => status.Phase >= StartupPhase.ModelsReady
            ? WriteAsync(context.Response, StatusCodes.Status200OK, """{"ready":true}""")
            : WriteAsync(context.Response, StatusCodes.Status503ServiceUnavailable, """{"ready":false}"""));
    }

    private static Task WriteAsync(HttpResponse response, int status, string json)
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        return response.WriteAsync(json);
    }
}
