namespace ModelPersistence.Models;

/// <summary>A manifest with the very bytes it was read from, whose digest is the identity of the version.</summary>
public sealed class ManifestDocument
{
    private ManifestDocument(ModelManifest manifest, ReadOnlyMemory<byte> utf8Json)
    {
        (Manifest, Utf8Json) = (manifest, utf8Json);
        Digest = Sha256Digest.Of(utf8Json.Span);
    }

    /// <summary>The manifest, checked.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>The document's bytes.</summary>
    public ReadOnlyMemory<byte> Utf8Json { get; }

    /// <summary>The SHA-256 of <see cref="Utf8Json"/>.</summary>
    public Sha256Digest Digest { get; }

    /// <summary>Reads and checks a manifest.</summary>
    /// <param name="name">The model the document must be of.</param>
    /// <param name="version">The version the document must be of.</param>
    /// <param name="utf8Json">The bytes; kept, not copied.</param>
    /// <exception cref="ModelIntegrityException">The document is not a manifest, breaks a bound, or is of another model or version.</exception>
    public static ManifestDocument Parse(string name, ModelVersion version, ReadOnlyMemory<byte> utf8Json) =>
        new(DocumentReader.ReadManifest(name, version, utf8Json), utf8Json);

    /// <summary>Writes a manifest and takes its digest.</summary>
    /// <exception cref="ModelIntegrityException">The manifest breaks a bound that every reader checks.</exception>
    public static ManifestDocument Create(ModelManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ManifestRules.Check(manifest);
        var json = DocumentReader.Write(manifest);
        return json.Length <= ManifestRules.MaxDocumentBytes
            ? new ManifestDocument(manifest, json)
            : throw new ModelIntegrityException(
                $"The manifest of '{manifest.Name}' {manifest.Version} would have {json.Length} bytes and readers accept {ManifestRules.MaxDocumentBytes}. Shorten its metadata and golden samples, or split the model.")
            { Model = manifest.Name, File = "manifest.json" };
    }
}
