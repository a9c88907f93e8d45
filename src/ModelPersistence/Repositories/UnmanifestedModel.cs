using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>A model that lies as plain files without a manifest: its digest is unknown until somebody hashes it.</summary>
/// <param name="name">The model's name.</param>
/// <param name="version">The version; N of an integer folder is N.0.0, a single file is 0.0.0.</param>
/// <param name="folder">The full path of the folder that holds the files.</param>
/// <param name="entry">The ONNX file that is opened, relative to <paramref name="folder"/>.</param>
/// <param name="list">Lists all files. Called when they are needed first: a start that knows the model already does not look for them.</param>
internal sealed class UnmanifestedModel(string name, ModelVersion version, string folder, string entry, Func<IReadOnlyList<string>> list)
{
    private readonly Lazy<IReadOnlyList<string>> _files = new(list);

    public UnmanifestedModel(string name, ModelVersion version, string folder, string entry, IReadOnlyList<string> files)
        : this(name, version, folder, entry, () => files)
    {
    }

    public string Name => name;

    public ModelVersion Version => version;

    public string Folder => folder;

    public string Entry => entry;

    /// <summary>All files, relative to <see cref="Folder"/>, with forward slashes; ordinal order.</summary>
    public IReadOnlyList<string> Files => _files.Value;

    /// <summary>The bytes of all files, as they are now.</summary>
    public long SizeInBytes
    {
        get
        {
            long sum = 0;
            foreach (var file in Files)
            {
                sum += new FileInfo(Path.Combine(folder, file)).Length;
            }

            return sum;
        }
    }

    public string EntryPath => Path.Combine(folder, entry.Replace('/', Path.DirectorySeparatorChar));
}

/// <summary>A provider that can also answer with models that have no manifest.</summary>
internal interface IUnmanifestedSource
{
    ValueTask<UnmanifestedModel?> FindUnmanifestedAsync(string model, ModelVersion version, CancellationToken cancellationToken);
}
