using System.Text.Json.Serialization;

namespace ModelPersistence.Models;

/// <summary>The aliases of one model, stored as <c>aliases.json</c> in the model's folder.</summary>
public sealed record AliasDocument
{
    /// <summary>The only format this library writes and reads.</summary>
    public const int CurrentFormatVersion = 1;

    /// <summary>The format of the document.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>Grows with every change and never goes back.</summary>
    public required long Revision { get; init; }

    /// <summary>What each alias stands for: a version, for example <c>stable</c> → 1.2.0, or a traffic split over several.</summary>
    public required IReadOnlyDictionary<string, AliasTarget> Aliases { get; init; }

    /// <summary>
    /// The moment (UTC) after which the document must not be taken for current any more: whoever reads it later may have been handed an
    /// old copy. Null: it does not expire.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? Expires { get; init; }
}
