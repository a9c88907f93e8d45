using System.Text.Json;

namespace ModelPersistence.Models;

/// <summary>
/// Strict reading of JSON by hand. Documents are read on the way of a start that takes tens of milliseconds, where building a
/// serializer's own tables would cost several times the document. Arrays are used for values, whose generic collections would have to be
/// compiled at run time.
/// </summary>
internal static class JsonFields
{
    public static string Text(this JsonElement parent, string name) => parent.Required(name).AsText(name);

    public static string? OptionalText(this JsonElement parent, string name) => parent.Optional(name) is { } value ? value.AsText(name) : null;

    public static long Whole(this JsonElement parent, string name) =>
        parent.Required(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number)
            ? number
            : throw new JsonException($"'{name}' must be a whole number.");

    public static double? OptionalNumber(this JsonElement parent, string name) => parent.Optional(name) is { } value ? value.AsNumber(name) : null;

    public static Sha256Digest Digest(this JsonElement parent, string name) =>
        Sha256Digest.TryParse(parent.Text(name), out var digest) ? digest : throw new JsonException($"'{name}' must be a SHA-256 digest in lowercase hexadecimal.");

    public static ModelVersion AsVersion(this JsonElement value, string name) =>
        ModelVersion.TryParse(value.AsText(name), out var version) ? version : throw new JsonException($"'{name}' must be a version of three parts, for example 1.2.0.");

    public static DateTimeOffset Time(this JsonElement parent, string name) =>
        parent.Required(name) is { ValueKind: JsonValueKind.String } value && value.TryGetDateTimeOffset(out var time)
            ? time
            : throw new JsonException($"'{name}' must be a time in ISO 8601 form.");

    /// <summary>A moment that means the same on every host: without an offset it would be read as each host's local time.</summary>
    public static DateTimeOffset UtcTime(this JsonElement parent, string name) =>
        parent.Text(name) is var text && (text.EndsWith('Z') || text.EndsWith("+00:00", StringComparison.Ordinal))
            ? parent.Time(name)
            : throw new JsonException($"'{name}' must be a UTC time, for example 2030-01-31T12:00:00Z.");

    public static T[] Items<T>(this JsonElement parent, string name, Func<JsonElement, T> read) => parent.Required(name).AsItems(name, read);

    public static T[]? OptionalItems<T>(this JsonElement parent, string name, Func<JsonElement, T> read) => parent.Optional(name)?.AsItems(name, read);

    public static Dictionary<string, T> Map<T>(this JsonElement parent, string name, Func<JsonElement, T> read) => parent.Required(name).AsMap(name, read);

    /// <summary>The same for members whose reader must name them.</summary>
    public static Dictionary<string, T> NamedMap<T>(this JsonElement parent, string name, Func<string, JsonElement, T> read)
    {
        Dictionary<string, T> map = new(StringComparer.Ordinal);
        foreach (var member in parent.Required(name).AsObject(name).EnumerateObject())
        {
            map[member.Name] = read(member.Name, member.Value);
        }

        return map;
    }

    public static Dictionary<string, T>? OptionalMap<T>(this JsonElement parent, string name, Func<JsonElement, T> read) => parent.Optional(name)?.AsMap(name, read);

    /// <summary>The member; none where it is missing or null.</summary>
    public static JsonElement? Optional(this JsonElement parent, string name)
    {
        if (parent.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException($"An object with '{name}' is expected.");
        }

        return parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public static JsonElement Required(this JsonElement parent, string name) => parent.Optional(name) ?? throw new JsonException($"'{name}' is missing.");

    public static string AsText(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new JsonException($"'{name}' must be text.");

    public static double AsNumber(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : throw new JsonException($"'{name}' must be a number.");

    public static long AsWhole(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : throw new JsonException($"'{name}' must be a whole number.");

    private static T[] AsItems<T>(this JsonElement value, string name, Func<JsonElement, T> read)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw new JsonException($"'{name}' must be a list.");
        }

        var items = new T[value.GetArrayLength()];
        var next = 0;
        foreach (var item in value.EnumerateArray())
        {
            items[next++] = read(item);
        }

        return items;
    }

    private static Dictionary<string, T> AsMap<T>(this JsonElement value, string name, Func<JsonElement, T> read)
    {
        Dictionary<string, T> map = new(StringComparer.Ordinal);
        foreach (var member in value.AsObject(name).EnumerateObject())
        {
            map[member.Name] = read(member.Value);
        }

        return map;
    }

    private static JsonElement AsObject(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object ? value : throw new JsonException($"'{name}' must be an object.");
}
