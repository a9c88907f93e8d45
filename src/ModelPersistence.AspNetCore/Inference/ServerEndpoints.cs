using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ModelPersistence.Startup;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>Whether the server lives, whether it is ready, and what it is.</summary>
internal sealed class ServerEndpoints(IModelStatus status, InferenceProtocolOptions options)
{
    private static readonly string Version =
        typeof(ServerEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    public static Task LiveAsync(HttpContext context) => AnswerAsync(context, StatusCodes.Status200OK, static writer => writer.WriteBoolean("live"u8, true));

    public Task ReadyAsync(HttpContext context)
    {
        var isReady = status.Phase >= StartupPhase.ModelsReady;
        return AnswerAsync(context, isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, writer => writer.WriteBoolean("ready"u8, isReady));
    }

    public Task MetadataAsync(HttpContext context) => AnswerAsync(context, StatusCodes.Status200OK, writer =>
    {
        writer.WriteString("name"u8, options.ServerName);
        writer.WriteString("version"u8, Version);
        writer.WriteStartArray("extensions"u8);
        writer.WriteEndArray();
    });

    public static Task NowhereAsync(HttpContext context) =>
        throw ProtocolException.NotFound($"The inference protocol has nothing at {ClientText.Show(context.Request.Path.ToString())}.");

    public static async Task AnswerAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = JsonContent.Type;
        using Utf8JsonWriter writer = new(context.Response.BodyWriter, ReadableJson.Writer);
        writer.WriteStartObject();
        write(writer);
        writer.WriteEndObject();
        writer.Flush();
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }
}
