using ModelPersistence.Integrity;
using ModelPersistence.Store;

namespace ModelPersistence.Preparation;

/// <summary>Tells the store, from an artifact's own document, which model it was made of and whether this process could use it.</summary>
internal sealed class ArtifactCatalog(PreparedArtifacts artifacts) : IArtifactCatalog
{
    private const string ModelField = ";model=";

    public ArtifactFacts? Describe(string folder)
    {
        try
        {
            var path = Path.Combine(folder, PreparedDocument.FileName);
            if (FileIdentity.TryRead(path) is not { Kind: FileKind.Regular, Size: <= PreparedJson.MaxBytes } || PreparedJsonReader.TryRead(File.ReadAllBytes(path)) is not { } document)
            {
                return null;
            }

            // The digest of the model, of which the store knows the beginning.
            var at = document.Key.IndexOf(ModelField, StringComparison.Ordinal) + ModelField.Length;
            return at < ModelField.Length || document.Key.Length - at < UseMarks.KeyLength
                ? null
                : new ArtifactFacts(document.Key.Substring(at, UseMarks.KeyLength), artifacts.CouldFind(document.Key, document.Kind));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
