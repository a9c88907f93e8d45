using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelPersistence.Models;

/// <summary>What an alias stands for, in JSON: a version, or an object of versions and their weights.</summary>
internal static class AliasJson
{
    public static AliasTarget Read(string alias, JsonElement target) => target.ValueKind switch
    {
        JsonValueKind.String => AliasTarget.To(target.AsVersion(Named(alias))),
        JsonValueKind.Object => ReadSplit(alias, target),
        _ => throw new JsonException($"'{Named(alias)}' must be a version, for example 1.2.0, or an object of versions and their weights."),
    };

    private static AliasTarget ReadSplit(string alias, JsonElement split)
    {
        // Counted before anything is kept: a document may be large, a split is not.
        var count = split.GetPropertyCount();
        if (count > AliasTarget.MaxVersions)
        {
            throw Refuse(alias, $"it has {count} versions (2 to {AliasTarget.MaxVersions} are allowed)");
        }

        var versions = new WeightedVersion[count];
        var next = 0;
        foreach (var member in split.EnumerateObject())
        {
            var version = ModelVersion.TryParse(member.Name, out var parsed) ? parsed : throw Refuse(alias, $"'{ModelName.Printable(member.Name)}' is no version of three parts");
            var weight = member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt32(out var number)
                ? number
                : throw Refuse(alias, $"the weight of version {version} must be a whole number of 1 to {AliasTarget.MaxWeight}");
            versions[next++] = new WeightedVersion(version, weight);
        }

        return AliasTarget.WhyNoSplit(versions) is { } why ? throw Refuse(alias, why) : AliasTarget.Split(versions);
    }

    private static JsonException Refuse(string alias, string why) => new($"the split of {Named(alias)} is refused: {why}");

    private static string Named(string alias) => $"alias {ModelName.Printable(alias)}";
}

internal sealed class AliasTargetConverter : JsonConverter<AliasTarget>
{
    public override AliasTarget Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => AliasJson.Read("", JsonElement.ParseValue(ref reader));

    public override void Write(Utf8JsonWriter writer, AliasTarget value, JsonSerializerOptions options)
    {
        if (value.Single is { } version)
        {
            writer.WriteStringValue(version.ToString());
            return;
        }

        writer.WriteStartObject();
        foreach (var (split, weight) in value.Versions)
        {
            writer.WriteNumber(split.ToString(), weight);
        }

        writer.WriteEndObject();
    }
}
