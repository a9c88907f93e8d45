using ModelPersistence.Models;

namespace ModelPersistence.Integrity;

/// <summary>A file of a version and where its bytes lie on this host.</summary>
internal sealed record LocalFile(ModelFile File, string FullPath)
{
    /// <summary>The files of a version in its folder.</summary>
    public static LocalFile[] In(string folder, IReadOnlyList<ModelFile> files) =>
        [.. files.Select(file => new LocalFile(file, System.IO.Path.Combine(folder, file.StoredAt.Replace('/', System.IO.Path.DirectorySeparatorChar))))];
}
