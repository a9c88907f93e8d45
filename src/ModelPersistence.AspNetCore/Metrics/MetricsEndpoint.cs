using Microsoft.AspNetCore.Http;

namespace ModelPersistence.AspNetCore.Metrics;

/// <summary>Answers scrapes.</summary>
internal sealed class MetricsEndpoint(MetricsCollector collector)
{
    public async Task AnswerAsync(HttpContext context)
    {
        var format = ExpositionFormat.For(context.Request);
        context.Response.ContentType = format.ContentType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Vary = "Accept";
        collector.Write(context.Response.BodyWriter, format);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }
}
