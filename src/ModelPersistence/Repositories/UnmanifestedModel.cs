using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>A model that lies as plain files without a manifest: its digest is unknown until somebody hashes it.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">The version; N of an integer folder is N.0.0, a single file is 0.0.0.</param>
/// <param name="Folder">The full path of the folder that holds the files.</param>
/// <param name="Entry">The ONNX file that is opened, relative to <paramref name="Folder"/>.</param>
/// <param name="Files">All files, relative to <paramref name="Folder"/>, with forward slashes; ordinal order.</param>
internal sealed record UnmanifestedModel(string Name, ModelVersion Version, string Folder, string Entry, IReadOnlyList<string> Files)
{
    public string EntryPath => Path.Combine(Folder, Entry.Replace('/', Path.DirectorySeparatorChar));
}

/// <summary>A provider that can also answer with models that have no manifest.</summary>
internal interface IUnmanifestedSource
{
    ValueTask<UnmanifestedModel?> FindUnmanifestedAsync(string model, ModelVersion version, CancellationToken cancellationToken);
}
