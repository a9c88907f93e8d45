using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>What a server of the inference protocol answered.</summary>
internal sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, string? ContentType, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The message of an answer that has the protocol's shape of an error and nothing else; fails for every other answer.</summary>
    public string Error
    {
        get
        {
            Assert.That(ContentType, Is.EqualTo("application/json"), Body);
            var properties = Json.EnumerateObject().ToList();
            Assert.That(properties.Select(static property => property.Name), Is.EqualTo(new[] { "error" }));
            return properties[0].Value.GetString()!;
        }
    }

    /// <summary>The elements of an output as they were written.</summary>
    public string Data(int output = 0) => Json.GetProperty("outputs")[output].GetProperty("data").GetRawText();
}
