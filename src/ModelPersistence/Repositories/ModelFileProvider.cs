using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>Models that were named as single files outside any repository: version 0.0.0 and the alias <c>latest</c>.</summary>
internal sealed class ModelFileProvider : IStorageProvider, IUnmanifestedSource
{
    public const string ProviderName = "files";

    private readonly Dictionary<string, string> _paths;

    private readonly Func<string, IEnumerable<string>> _companions;

    /// <param name="files">The path of each model's file by the model's name.</param>
    /// <param name="companions">From an ONNX file to its external data files, relative to its folder; null for the usual names beside it.</param>
    public ModelFileProvider(IEnumerable<KeyValuePair<string, string>> files, Func<string, IEnumerable<string>>? companions = null)
    {
        _paths = files.ToDictionary(static file => ModelName.Require(file.Key, nameof(files)), static file => Path.GetFullPath(file.Value), StringComparer.Ordinal);
        _companions = companions ?? Beside;
    }

    public static ModelVersion FileVersion { get; } = ModelVersion.Parse("0.0.0");

    public string Name => ProviderName;

    public VerificationMode Verification => VerificationMode.None;

    public bool Knows(string model) => _paths.ContainsKey(model);

    public ValueTask<AliasDocument?> GetAliasesAsync(string model, CancellationToken cancellationToken) =>
        new(!Knows(model) ? null : new AliasDocument
        {
            FormatVersion = AliasDocument.CurrentFormatVersion,
            Name = model,
            Revision = 0,
            Aliases = new Dictionary<string, AliasTarget>(StringComparer.Ordinal) { [ModelSelector.LatestAlias] = FileVersion },
        });

    public ValueTask<ManifestDocument?> GetManifestAsync(string model, ModelVersion version, CancellationToken cancellationToken) => new((ManifestDocument?)null);

    public ValueTask<UnmanifestedModel?> FindUnmanifestedAsync(string model, ModelVersion version, CancellationToken cancellationToken)
    {
        if (version != FileVersion || !_paths.TryGetValue(model, out var path))
        {
            return new((UnmanifestedModel?)null);
        }

        if (!File.Exists(path))
        {
            throw new ModelStorageException(Name, $"The file '{path}' of model '{model}' does not exist. Put it there, or correct the path in AddModelFile(\"{model}\", ...) or the File of its entry under ModelManagement:Models.", isTransient: false)
            { Model = model };
        }

        var (folder, entry) = (Path.GetDirectoryName(path)!, Path.GetFileName(path));
        return new(new UnmanifestedModel(model, version, folder, entry, () => [.. _companions(path).Append(entry).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]));
    }

    public IAsyncEnumerable<ModelVersion> ListVersionsAsync(string model, CancellationToken cancellationToken) =>
        Knows(model) ? new[] { FileVersion }.ToAsyncEnumerable() : AsyncEnumerable.Empty<ModelVersion>();

    public IAsyncEnumerable<string> ListModelsAsync(CancellationToken cancellationToken) => _paths.Keys.ToAsyncEnumerable();

    public ValueTask<Stream> OpenReadAsync(ModelManifest manifest, ModelFile file, long offset, long length, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Single model files have no manifest and are opened where they lie.");

    public string? GetLocalPath(ModelManifest manifest, ModelFile file) => null;

    private static IEnumerable<string> Beside(string path) =>
        new[] { path + ".data", path + "_data" }.Where(File.Exists).Select(static file => Path.GetFileName(file));
}
