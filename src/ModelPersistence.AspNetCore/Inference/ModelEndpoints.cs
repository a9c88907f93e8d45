using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>What a model is, and whether it serves.</summary>
internal sealed class ModelEndpoints(ModelAccess models)
{
    private const string Platform = "onnxruntime_onnxv1";

    public Task ReadyAsync(HttpContext context)
    {
        var (name, version) = Asked(context);
        var isReady = models.IsReady(name, version);
        return ServerEndpoints.AnswerAsync(context, isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, writer =>
        {
            writer.WriteString("name"u8, name);
            writer.WriteBoolean("ready"u8, isReady);
        });
    }

    public async Task MetadataAsync(HttpContext context)
    {
        var (name, version) = Asked(context);
        using var lease = await models.GetAsync(name, version, context).ConfigureAwait(false);
        var signature = ModelSignature.Of(lease.Session);
        await ServerEndpoints.AnswerAsync(context, StatusCodes.Status200OK, writer =>
        {
            writer.WriteString("name"u8, lease.Name);
            writer.WriteStartArray("versions"u8);
            foreach (var served in models.Exposed.VersionsOf(lease.Name))
            {
                writer.WriteStringValue(served.ToString());
            }

            writer.WriteEndArray();
            writer.WriteString("platform"u8, Platform);
            Write(writer, "inputs", signature.Inputs);
            Write(writer, "outputs", signature.Outputs);
        }).ConfigureAwait(false);
    }

    private static (string Name, string? Version) Asked(HttpContext context) =>
        ((string)context.GetRouteValue("model")!, (string?)context.GetRouteValue("version"));

    private static void Write(Utf8JsonWriter writer, string property, TensorSignature[] tensors)
    {
        writer.WriteStartArray(property);
        foreach (var tensor in tensors.Where(static tensor => tensor.Datatype is not null))
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, tensor.Name);
            writer.WriteString("datatype"u8, tensor.Datatype);
            writer.WriteStartArray("shape"u8);
            foreach (var dimension in tensor.Shape)
            {
                writer.WriteNumberValue(dimension);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
