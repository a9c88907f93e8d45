using ModelPersistence.Models;

namespace ModelPersistence.Testing;

/// <summary>One version in memory.</summary>
internal sealed record StoredVersion(ManifestDocument Document, IReadOnlyDictionary<string, byte[]> Files);

/// <summary>One model in memory.</summary>
internal sealed class StoredModel
{
    private const string Latest = "latest";

    public Dictionary<ModelVersion, StoredVersion> Versions { get; } = [];

    public AliasDocument? Aliases { get; private set; }

    public void Add(StoredVersion stored, string provider)
    {
        var (name, version) = (stored.Document.Manifest.Name, stored.Document.Manifest.Version);
        if (Versions.TryGetValue(version, out var existing) && existing.Document.Digest != stored.Document.Digest)
        {
            throw new ModelIntegrityException($"'{name}' {version} is at '{provider}' already with other content. A version never changes: publish under a new one.")
            { Model = name, Expected = existing.Document.Digest, Actual = stored.Document.Digest };
        }

        Versions[version] = stored;
        if (!version.IsPrerelease && (Aliases?.Aliases.GetValueOrDefault(Latest) is not { } latest || (latest.Single is { } single && version > single)))
        {
            SetAlias(name, Latest, version);
        }
    }

    public AliasDocument SetAlias(string model, string alias, AliasTarget target)
    {
        Dictionary<string, AliasTarget> aliases = new(Aliases?.Aliases ?? new Dictionary<string, AliasTarget>(), StringComparer.Ordinal) { [alias] = target };
        return Aliases = new AliasDocument
        {
            FormatVersion = AliasDocument.CurrentFormatVersion,
            Name = model,
            Revision = (Aliases?.Revision ?? 0) + 1,
            Aliases = aliases,
        };
    }
}
