using System.Text.Json;

namespace ModelPersistence.AspNetCore.Endpoints;

/// <summary>What the parts of the status have in common.</summary>
internal static class JsonParts
{
    /// <summary>A duration in milliseconds, to a microsecond; null where there is none.</summary>
    public static void Milliseconds(this Utf8JsonWriter json, string name, TimeSpan? duration)
    {
        if (duration is { } known)
        {
            json.WriteNumber(name, Math.Round(known.TotalMilliseconds, 3));
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>A number; null where there is none, or none that JSON has.</summary>
    public static void Number(this Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } known && double.IsFinite(known))
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    public static void Texts(this Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
