using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>The protocol's shape of an error: <c>{"error": "..."}</c>.</summary>
internal static class ErrorResponse
{
    public static async Task WriteAsync(HttpContext context, int status, string message, int? retryAfterSeconds = null)
    {
        var response = context.Response;
        if (response.HasStarted || response.BodyWriter is { CanGetUnflushedBytes: true, UnflushedBytes: > 0 })
        {
            // Half an answer must not look like a whole one.
            context.Abort();
            return;
        }

        response.StatusCode = status;
        response.ContentType = JsonContent.Type;
        if (retryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        using Utf8JsonWriter writer = new(response.BodyWriter, ReadableJson.Writer);
        writer.WriteStartObject();
        writer.WriteString("error"u8, message);
        writer.WriteEndObject();
        await writer.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        await response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }
}
