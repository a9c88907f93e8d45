using System.Text.Json;
using ModelPersistence.AspNetCore.Tensors;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>
/// Reads the body of an infer request in one pass. The envelope is read token by token; at the elements of a tensor, which are nearly all
/// of a body, <see cref="TensorText"/> takes over and puts them where the runtime will find them.
/// </summary>
internal static class RequestParser
{
    private const int MaxTensors = 1024;

    /// <exception cref="ProtocolException">The body is no request, or there is no memory for its tensors now; the message says why.</exception>
    public static InferenceRequest Parse(ReadOnlySpan<byte> json, int maxTensorBytes, RequestMemory memory)
    {
        JsonCursor cursor = new(json);
        InferenceRequest request = new();
        try
        {
            Read(ref cursor, request, maxTensorBytes, memory);
            return request;
        }
        catch (JsonException)
        {
            request.Dispose();
            throw ProtocolException.BadRequest($"The body is not valid JSON, or deeper than 64 levels: see byte {cursor.Position}.");
        }
        catch
        {
            request.Dispose();
            throw;
        }
    }

    private static void Read(ref JsonCursor json, InferenceRequest request, int maxTensorBytes, RequestMemory memory)
    {
        var (hasId, hasInputs, hasOutputs, hasParameters) = (false, false, false, false);
        json.Next(JsonTokenType.StartObject, "The request");
        while (json.NextProperty())
        {
            if (json.Is("inputs"u8))
            {
                JsonCursor.Once(ref hasInputs, "inputs");
                json.Next(JsonTokenType.StartArray, "'inputs'");
                while (json.NextObject("An input"))
                {
                    RequireRoom(request.Inputs.Count);
                    InputParser.Read(ref json, request.Inputs, maxTensorBytes, memory);
                }
            }
            else if (json.Is("outputs"u8))
            {
                JsonCursor.Once(ref hasOutputs, "outputs");
                json.Next(JsonTokenType.StartArray, "'outputs'");
                while (json.NextObject("An output"))
                {
                    RequireRoom(request.Outputs.Count);
                    OutputParser.Read(ref json, request.Outputs);
                }
            }
            else if (json.Is("id"u8))
            {
                JsonCursor.Once(ref hasId, "id");
                request.Id = json.NextString("'id'");
            }
            else if (json.Is("parameters"u8))
            {
                JsonCursor.Once(ref hasParameters, "parameters");
                request.AffinityKey = RequestParameters.Read(ref json).AffinityKey;
            }
            else
            {
                json.SkipNext();
            }
        }

        if (!hasInputs)
        {
            throw ProtocolException.BadRequest("The request has no 'inputs'.");
        }

        json.End();
    }

    private static void RequireRoom(int count)
    {
        if (count >= MaxTensors)
        {
            throw ProtocolException.BadRequest($"The request has more than {MaxTensors} inputs or outputs.");
        }
    }
}
