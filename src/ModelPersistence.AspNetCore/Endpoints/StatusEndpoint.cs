using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ModelPersistence.Monitoring;
using ModelPersistence.Startup;

namespace ModelPersistence.AspNetCore.Endpoints;

/// <summary>Everything there is to know of the models of this host.</summary>
internal sealed class StatusEndpoint(IModelStatus status, IModelMonitor monitor, TimeProvider clock)
{
    public const int DefaultMinutes = 60;
    public const int MostMinutes = 24 * 60;

    public async Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        if (MinutesOf(context.Request) is { } minutes)
        {
            await WriteAsync(context, minutes).ConfigureAwait(false);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        await context.Response.WriteAsync($$"""{"error":"minutes must be a number from 0 to {{MostMinutes}}."}""", context.RequestAborted).ConfigureAwait(false);
    }

    private static int? MinutesOf(HttpRequest request) =>
        !request.Query.TryGetValue("minutes", out var text) ? DefaultMinutes
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) && minutes <= MostMinutes ? minutes
        : null;

    private async Task WriteAsync(HttpContext context, int minutes)
    {
        using Utf8JsonWriter json = new(context.Response.BodyWriter, ReadableJson.Writer);
        json.WriteStartObject();
        StatusJson.Write(json, status);
        json.WriteStartArray("alerts"u8);
        foreach (var alert in monitor.ActiveAlerts)
        {
            TrendJson.Write(json, alert);
        }

        json.WriteEndArray();
        json.WriteStartArray("trends"u8);
        foreach (var trend in minutes == 0 ? [] : monitor.TrendsSince(clock.GetUtcNow().AddMinutes(-minutes)))
        {
            TrendJson.Write(json, trend);

            // A day of many versions is megabytes, which need not be held at once.
            json.Flush();
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }
}
