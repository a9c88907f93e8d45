using System.Text.Json;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>Those parameters of a request, an input or an output that mean something here; all others are skipped.</summary>
internal readonly record struct RequestParameters(string? AffinityKey, bool IsBase64)
{
    /// <exception cref="ProtocolException">They are no object, or ask for what there is not here.</exception>
    public static RequestParameters Read(ref JsonCursor json)
    {
        string? affinityKey = null, contentType = null;
        json.Next(JsonTokenType.StartObject, "'parameters'");
        while (json.NextProperty())
        {
            if (json.Is("affinity_key"u8))
            {
                JsonCursor.OnlyOnce(affinityKey is not null, "affinity_key");
                affinityKey = json.NextString("'affinity_key'");
            }
            else if (json.Is("content_type"u8))
            {
                JsonCursor.OnlyOnce(contentType is not null, "content_type");
                contentType = json.NextString("'content_type'");
            }
            else if (json.Is("binary_data_size"u8))
            {
                throw NoBinaryData();
            }
            else if (json.Is("binary_data"u8) || json.Is("binary_data_output"u8))
            {
                json.Next();
                if (json.Token != JsonTokenType.False)
                {
                    throw NoBinaryData();
                }
            }
            else
            {
                json.SkipNext();
            }
        }

        return new RequestParameters(affinityKey, contentType == "base64");
    }

    private static ProtocolException NoBinaryData() =>
        ProtocolException.BadRequest("This server does not know the extension for binary data: send and ask for tensors as JSON ('binary_data': false).");
}
