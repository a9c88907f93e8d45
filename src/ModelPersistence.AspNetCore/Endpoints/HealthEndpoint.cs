using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ModelPersistence.Diagnostics;

namespace ModelPersistence.AspNetCore.Endpoints;

/// <summary>Whether this host should get requests.</summary>
internal sealed class HealthEndpoint(IModelHealth health)
{
    private static readonly ModelHealthJson Json = new(ReadableJson.NewSerializerOptions());

    public Task AnswerAsync(HttpContext context)
    {
        var report = health.Check();
        context.Response.StatusCode = report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(report, Json.ModelHealthReport, "application/json", context.RequestAborted);
    }
}
