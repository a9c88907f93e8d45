using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>The content type of the protocol.</summary>
internal static class JsonContent
{
    public const string Type = "application/json";

    private const string BinaryHeader = "Inference-Header-Content-Length";

    /// <summary>A missing type passes, since clients of the protocol leave it out.</summary>
    /// <exception cref="ProtocolException">The body is announced as something else.</exception>
    public static void Require(HttpRequest request)
    {
        var type = request.ContentType;
        if (!string.IsNullOrEmpty(type) && type != Type && !IsJson(type))
        {
            throw new ProtocolException(StatusCodes.Status415UnsupportedMediaType, $"The body must be {Type} in UTF-8, and its Content-Type say so; it says '{ClientText.Show(type)}'.");
        }

        if (request.Headers.ContentEncoding.Count > 0 && request.Headers.ContentEncoding != "identity")
        {
            throw new ProtocolException(StatusCodes.Status415UnsupportedMediaType, "The body must not be compressed.");
        }

        if (request.Headers.ContainsKey(BinaryHeader))
        {
            throw ProtocolException.BadRequest($"This server does not know the extension for binary data ({BinaryHeader}): send tensors as JSON.");
        }
    }

    private static bool IsJson(string text) =>
        Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(text, out var type)
        && type.MediaType.Equals(Type, StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || StringSegment.Equals(type.Charset, "utf-8", StringComparison.OrdinalIgnoreCase));
}
