using System.Runtime.CompilerServices;
using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>One repository tree in a folder: baked into the image, on a shared volume, or the local cache.</summary>
internal sealed class DirectoryProvider : IStorageProvider, IUnmanifestedSource
{
    private const int MaxEntries = 100_000;

    private readonly DirectoryProviderOptions _options;
    private readonly VolumeIo _io;

    public DirectoryProvider(DirectoryProviderOptions options, TimeProvider time)
    {
        (_options, Layout) = (options, new RepositoryLayout(options.Path));
        _io = new VolumeIo(options.Name, Layout.Root, options.VolumeTimeout, time);
    }

    public string Name => _options.Name;

    public VerificationMode Verification => _options.Verification;

    public bool AcceptsPublishing => _options.AcceptsPublishing;

    /// <summary>Whether it holds copies for this host alone, which say nothing about what others can find.</summary>
    public bool IsCache => _options.RootMayBeAbsent;

    public RepositoryLayout Layout { get; }

    public VolumeIo Io => _io;

    public async ValueTask<AliasDocument?> GetAliasesAsync(string model, CancellationToken cancellationToken) =>
        await ReadAsync(Layout.Aliases(model), model, cancellationToken).ConfigureAwait(false) is { } json
            ? DocumentReader.ReadAliases(model, json)
            : null;

    public async ValueTask<ManifestDocument?> GetManifestAsync(string model, ModelVersion version, CancellationToken cancellationToken) =>
        await ReadAsync(Layout.Manifest(model, version), model, cancellationToken).ConfigureAwait(false) is { } json
            ? ManifestDocument.Parse(model, version, json)
            : null;

    public async ValueTask<UnmanifestedModel?> FindUnmanifestedAsync(string model, ModelVersion version, CancellationToken cancellationToken)
    {
        if (!_options.AllowUnmanifested)
        {
            return null;
        }

        var folder = Layout.Model(model);
        return await _io.RunAsync(() => BareTree.Find(folder, model, version), $"look for '{model}' {version}", cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<ModelVersion> ListVersionsAsync(string model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = Layout.Model(model);
        foreach (var version in await _io.RunAsync(() => Versions(folder).Distinct().Take(MaxEntries).ToList(), $"list the versions of '{model}'", cancellationToken).ConfigureAwait(false))
        {
            yield return version;
        }
    }

    public async IAsyncEnumerable<string> ListModelsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var model in await _io.RunAsync(() => Models().Take(MaxEntries).ToList(), "list the models", cancellationToken).ConfigureAwait(false))
        {
            yield return model;
        }
    }

    public async ValueTask<Stream> OpenReadAsync(ModelManifest manifest, ModelFile file, long offset, long length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var path = Layout.File(manifest, file);
        return await _io.RunAsync(() => Open(path, manifest.Name, offset, length), $"read '{path}'", cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>The file may be missing or short: on a network volume that may pass. It blocks as long as the volume does.</remarks>
    /// <exception cref="ModelIntegrityException">A level below the root is a symbolic link.</exception>
    public string? GetLocalPath(ModelManifest manifest, ModelFile file) =>
        _options.LocalPaths ? TreeGuard.Check(Layout.Root, Layout.File(manifest, file), manifest.Name).FullName : null;

    private ValueTask<byte[]?> ReadAsync(string path, string model, CancellationToken cancellationToken) =>
        _io.RunAsync(() => DocumentFile.Read(path, model) ?? Missing<byte[]>(), $"read '{path}'", cancellationToken);

    private Stream Open(string path, string model, long offset, long length)
    {
        var file = TreeGuard.Check(Layout.Root, path, model);
        if (!file.Exists)
        {
            throw _io.Failure($"read '{path}' of model '{model}'", "the file is missing although the manifest names it.", _io.IsRemovable);
        }

        // What is no regular file (a pipe, a device) has no length, so it ends here and is never opened, which could block for ever.
        return file.Length <= offset || length == 0
            ? Stream.Null
            : new FileRangeStream(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), path, offset, length, _io);
    }

    private IEnumerable<string> Models() =>
        Folders(Layout.Root)
            .Where(folder => ModelName.IsValid(Path.GetFileName(folder.AsSpan())) && Versions(folder).Any())
            .Select(static folder => Path.GetFileName(folder));

    private IEnumerable<ModelVersion> Versions(string modelFolder)
    {
        foreach (var folder in Folders(modelFolder))
        {
            if (BareTree.VersionOf(Path.GetFileName(folder.AsSpan())) is not { } version)
            {
                continue;
            }

            var hasManifest = Path.GetFileName(folder) == version.ToString() && File.Exists(Path.Join(folder, RepositoryLayout.ManifestName));
            if (hasManifest || (_options.AllowUnmanifested && BareTree.HoldsModel(folder)))
            {
                yield return version;
            }
        }
    }

    private IEnumerable<string> Folders(string path) =>
        Directory.Exists(path) ? Directory.EnumerateDirectories(path) : Missing<IEnumerable<string>>() ?? [];

    /// <summary>Null, "not here", after making sure that the tree itself is there; else nobody has looked.</summary>
    private T? Missing<T>()
        where T : class =>
        _options.RootMayBeAbsent || Directory.Exists(Layout.Root)
            ? null
            : throw _io.Failure("look for models", "the folder does not exist.", _io.IsRemovable);
}
