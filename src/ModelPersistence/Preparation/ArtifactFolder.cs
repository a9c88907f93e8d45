using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Store;

namespace ModelPersistence.Preparation;

/// <summary>An artifact's folder: its document, checked against the key that was asked for, and its files.</summary>
internal static class ArtifactFolder
{
    /// <summary>The artifact as its document describes it, or the reason why there is one that cannot be used. Both null: there is none.</summary>
    public static (PreparedArtifact? Artifact, string? Problem) TryRead(string folder, ArtifactKind kind, ArtifactKey key)
    {
        var path = Path.Combine(folder, PreparedDocument.FileName);
        if (FileIdentity.TryRead(path) is not { } identity)
        {
            return (null, FileIdentity.TryRead(folder) is null ? null : $"it has no {PreparedDocument.FileName}.");
        }

        if (identity.Kind != FileKind.Regular || identity.Size > PreparedJson.MaxBytes)
        {
            return (null, $"its {PreparedDocument.FileName} is not a small regular file.");
        }

        var bytes = File.ReadAllBytes(path);
        if (PreparedJsonReader.TryRead(bytes) is not { } document)
        {
            return (null, $"its {PreparedDocument.FileName} is damaged, or from another version of the library.");
        }

        if (document.Key != key.Text || document.Kind != kind)
        {
            return (null, $"its {PreparedDocument.FileName} was made for something else.");
        }

        PreparedArtifact artifact = new(document, Sha256Digest.Of(bytes), folder, TrustBasis.Unverified);
        return ArtifactRanges.WhyMisfit(document, artifact.WeightsLength) is { } misfit ? (null, misfit) : WithFiles(artifact);
    }

    public static LocalFile[] FilesOf(PreparedArtifact artifact)
    {
        var files = new LocalFile[artifact.Document.Files.Length];
        for (var i = 0; i < files.Length; i++)
        {
            files[i] = new LocalFile(artifact.Document.Files[i], Path.Combine(artifact.Folder, artifact.Document.Files[i].Path));
        }

        return files;
    }

    /// <summary>Takes a folder out of use at once, then deletes it. Whoever has its files mapped keeps them.</summary>
    public static void Remove(string folder)
    {
        var aside = Path.Combine(Path.GetDirectoryName(folder)!, $"{PreparationWorkspace.Prefix}{Path.GetFileName(folder)}-{Guid.NewGuid():n}");
        Directory.Move(folder, aside);
        Directory.Delete(aside, recursive: true);
    }

    private static (PreparedArtifact? Artifact, string? Problem) WithFiles(PreparedArtifact artifact)
    {
        foreach (var local in FilesOf(artifact))
        {
            if (FileIdentity.TryRead(local.FullPath) is not { Kind: FileKind.Regular } identity || identity.Size != local.File.Size)
            {
                return (null, $"'{local.File.Path}' is missing, no regular file or not of {local.File.Size} bytes.");
            }
        }

        return (artifact, null);
    }
}
