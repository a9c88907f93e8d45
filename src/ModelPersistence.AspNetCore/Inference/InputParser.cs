using System.Text.Json;
using ModelPersistence.AspNetCore.Tensors;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>
/// Reads one input. Its elements are read where they stand when name, shape and datatype came before; else they are skipped, and read
/// when all else is known.
/// </summary>
internal static class InputParser
{
    private const int MaxRank = 32;

    /// <exception cref="ProtocolException">It is none.</exception>
    public static void Read(ref JsonCursor json, List<RequestTensor> inputs, int maxTensorBytes, RequestMemory memory)
    {
        string? name = null, datatype = null;
        long[]? shape = null;
        var (dataAt, hasParameters, isBase64) = (-1, false, false);
        RequestTensor? tensor = null;
        try
        {
            while (json.NextProperty())
            {
                if (json.Is("data"u8))
                {
                    JsonCursor.OnlyOnce(dataAt >= 0, "data");
                    json.Next(JsonTokenType.StartArray, "'data' of an input");
                    dataAt = json.TokenPosition;

                    // How strings are written may stand in parameters that follow.
                    if (name is null || shape is null || datatype is null or "BYTES")
                    {
                        json.Skip();
                    }
                    else
                    {
                        tensor = RequestTensor.Read(json.Json, ref dataAt, Header(name, datatype, shape, isBase64), maxTensorBytes, memory);
                        json.CloseAt(dataAt);
                    }
                }
                else if (json.Is("name"u8))
                {
                    JsonCursor.OnlyOnce(name is not null, "name");
                    name = json.NextString("The name of an input");
                }
                else if (json.Is("datatype"u8))
                {
                    JsonCursor.OnlyOnce(datatype is not null, "datatype");
                    datatype = json.NextString("The datatype of an input");
                }
                else if (json.Is("shape"u8))
                {
                    JsonCursor.OnlyOnce(shape is not null, "shape");
                    shape = ReadShape(ref json);
                }
                else if (json.Is("parameters"u8))
                {
                    JsonCursor.Once(ref hasParameters, "parameters");
                    isBase64 = RequestParameters.Read(ref json).IsBase64;
                }
                else
                {
                    json.SkipNext();
                }
            }

            if (name is null || datatype is null || shape is null || dataAt < 0)
            {
                throw ProtocolException.BadRequest("An input needs 'name', 'shape', 'datatype' and 'data'.");
            }

            if (inputs.Exists(known => known.Name == name))
            {
                throw ProtocolException.BadRequest($"The input '{ClientText.Show(name)}' is there twice.");
            }

            inputs.Add(tensor ?? RequestTensor.Read(json.Json, ref dataAt, Header(name, datatype, shape, isBase64), maxTensorBytes, memory));
        }
        catch
        {
            tensor?.Dispose();
            throw;
        }
    }

    private static long[] ReadShape(ref JsonCursor json)
    {
        json.Next(JsonTokenType.StartArray, "'shape'");
        Span<long> dimensions = stackalloc long[MaxRank];
        var rank = 0;
        while (true)
        {
            json.Next();
            if (json.Token == JsonTokenType.EndArray)
            {
                return dimensions[..rank].ToArray();
            }

            if (rank == MaxRank)
            {
                throw ProtocolException.BadRequest($"A shape has more than {MaxRank} dimensions.");
            }

            if (json.Token != JsonTokenType.Number || !json.TryGetInt64(out dimensions[rank]) || dimensions[rank] < 0)
            {
                throw ProtocolException.BadRequest("A shape consists of whole numbers that are not negative.");
            }

            rank++;
        }
    }

    private static TensorHeader Header(string name, string datatype, long[] shape, bool isBase64) => new(
        name,
        Datatype.Parse(datatype) ?? throw ProtocolException.BadRequest($"The datatype '{ClientText.Show(datatype)}' of input '{ClientText.Show(name)}' is none of {Datatype.All}."),
        shape,
        isBase64);
}
