using Microsoft.AspNetCore.Builder;

namespace ModelPersistence.Tests.Documentation;

/// <summary>The snippets of docs/endpoints.md, compiled. A test compares them.</summary>
internal static class EndpointSnippets
{
    public static void Map(WebApplication app)
    {
        // <map>
        app.MapModelHealth();                                     // /health/models: 200, or 503 where a critical model never served
        app.MapModelMetrics();                                    // /metrics/models: for Prometheus
        app.MapModelStatus().RequireAuthorization("operators");   // /models: everything, internals too
        // </map>
    }
}
