using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ModelPersistence.AspNetCore.Tensors;
using ModelPersistence.Serving;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>
/// The answer to an infer request. Owns the outputs; needs no lease any more. Where an input of the model is also an output, the runtime gives back
/// the input's own memory: then it owns the request, too.
/// </summary>
internal sealed class InferenceResponse(ModelLease lease, InferenceRequest request, ModelOutputs outputs) : IDisposable
{
    // Beyond this the client gets what there is, so that a large answer is not held in memory as text.
    private const int FlushAt = 64 << 10;

    private readonly string _name = lease.Name;
    private readonly string _version = lease.Version.ToString();

    public bool OwnsRequest { get; } = request.Inputs.Exists(input => outputs.Names.Contains(input.Name));

    public async Task WriteAsync(HttpContext context)
    {
        context.Response.ContentType = JsonContent.Type;
        var pipe = context.Response.BodyWriter;
        using Utf8JsonWriter writer = new(pipe, new JsonWriterOptions { SkipValidation = true });
        WriteHead(writer);
        for (var i = 0; i < outputs.Count; i++)
        {
            ResponseTensor tensor = new(outputs.Names[i], outputs[i], request.Outputs.Count > 0 && request.Outputs[i].IsBase64);
            tensor.WriteHead(writer);
            while (tensor.WriteSome(writer, FlushAt))
            {
                writer.Flush();
                if ((await pipe.FlushAsync(context.RequestAborted).ConfigureAwait(false)).IsCompleted)
                {
                    return;
                }
            }

            ResponseTensor.WriteTail(writer);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        await pipe.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    public void Dispose()
    {
        outputs.Dispose();
        if (OwnsRequest)
        {
            request.Dispose();
        }
    }

    private void WriteHead(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("model_name"u8, _name);
        writer.WriteString("model_version"u8, _version);
        if (request.Id is { } id)
        {
            writer.WriteString("id"u8, id);
        }

        writer.WriteStartArray("outputs"u8);
    }
}
