namespace ModelPersistence.AspNetCore.Inference;

/// <summary>Reads an output that a request names.</summary>
internal static class OutputParser
{
    /// <exception cref="ProtocolException">It is none.</exception>
    public static void Read(ref JsonCursor json, List<RequestedOutput> outputs)
    {
        string? name = null;
        var (hasParameters, isBase64) = (false, false);
        while (json.NextProperty())
        {
            if (json.Is("name"u8))
            {
                JsonCursor.OnlyOnce(name is not null, "name");
                name = json.NextString("The name of an output");
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

        if (name is null)
        {
            throw ProtocolException.BadRequest("An output needs a 'name'.");
        }

        if (outputs.Exists(known => known.Name == name))
        {
            throw ProtocolException.BadRequest($"The output '{ClientText.Show(name)}' is there twice.");
        }

        outputs.Add(new RequestedOutput(name, isBase64));
    }
}
