using System.Runtime.CompilerServices;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Testing;

/// <summary>A repository in memory. It has no local paths, so a host must fetch and verify what it serves from here, as from a remote.</summary>
/// <remarks>Safe for concurrent use. The same content under the same version has the same digest in every run.</remarks>
/// <param name="name">The name in messages and status; unique within a chain.</param>
public sealed class InMemoryStorageProvider(string name = "memory") : IStorageProvider
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, StoredModel> _models = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public VerificationMode Verification { get; init; }

    /// <summary>Publishes a version that consists of one ONNX file and moves <c>latest</c> to it, unless it is a pre-release or older than what <c>latest</c> stands for.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="version">The version, for example <c>1.0.0</c>.</param>
    /// <param name="onnx">The file's bytes; kept, not copied.</param>
    /// <exception cref="FormatException"><paramref name="version"/> is no version.</exception>
    /// <exception cref="ModelIntegrityException">The manifest breaks a rule, or the version exists with other content.</exception>
    public ManifestDocument Publish(string model, string version, byte[] onnx) =>
        Publish(model, version, new Dictionary<string, byte[]> { ["model.onnx"] = onnx });

    /// <summary>Publishes a version that consists of several files.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="version">The version.</param>
    /// <param name="files">The bytes by relative path with forward slashes; kept, not copied.</param>
    /// <param name="entry">The ONNX file that is opened.</param>
    /// <param name="describe">Adds metadata, warm-up hints or golden samples to the manifest; null for none.</param>
    /// <exception cref="FormatException"><paramref name="version"/> is no version.</exception>
    /// <exception cref="ModelIntegrityException">The manifest breaks a rule, or the version exists with other content.</exception>
    public ManifestDocument Publish(
        string model, string version, IReadOnlyDictionary<string, byte[]> files, string entry = "model.onnx", Func<ModelManifest, ModelManifest>? describe = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        ModelManifest manifest = new()
        {
            FormatVersion = ModelManifest.CurrentFormatVersion,
            Name = model,
            Version = ModelVersion.Parse(version),
            Created = DateTimeOffset.UnixEpoch,
            Entry = entry,
            Files = [.. files.OrderBy(static file => file.Key, StringComparer.Ordinal).Select(static file => Describe(file.Key, file.Value))],
        };
        StoredVersion stored = new(ManifestDocument.Create(describe?.Invoke(manifest) ?? manifest), files);
        lock (_gate)
        {
            var at = _models.TryGetValue(model, out var known) ? known : _models[model] = new StoredModel();
            at.Add(stored, Name);
        }

        return stored.Document;
    }

    /// <summary>Publishes the files of a folder.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="version">The version.</param>
    /// <param name="folder">The folder; it is read once, whole, into memory.</param>
    /// <param name="entry">The ONNX file that is opened.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="ModelIntegrityException">The manifest breaks a rule, or the version exists with other content.</exception>
    public ManifestDocument PublishFolder(string model, string version, string folder, string entry = "model.onnx") =>
        Publish(
            model,
            version,
            Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .ToDictionary(path => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'), File.ReadAllBytes),
            entry);

    /// <summary>Points an alias at a version, which need not exist, and returns the document that rules now.</summary>
    /// <exception cref="FormatException"><paramref name="version"/> is no version.</exception>
    public AliasDocument SetAlias(string model, string alias, string version) => SetAlias(model, alias, ModelVersion.Parse(version));

    /// <summary>Points an alias at a version or splits it over several, which need not exist, and returns the document that rules now.</summary>
    public AliasDocument SetAlias(string model, string alias, AliasTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        lock (_gate)
        {
            var at = _models.TryGetValue(model, out var known) ? known : _models[model] = new StoredModel();
            return at.SetAlias(model, alias, target);
        }
    }

    /// <summary>Takes a version away, as a cleanup of the remote would. Aliases stay.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string model, string version)
    {
        lock (_gate)
        {
            return _models.TryGetValue(model, out var known) && known.Versions.Remove(ModelVersion.Parse(version));
        }
    }

    /// <inheritdoc/>
    public ValueTask<AliasDocument?> GetAliasesAsync(string model, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return new(_models.GetValueOrDefault(model)?.Aliases);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ManifestDocument?> GetManifestAsync(string model, ModelVersion version, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Find(model, version)?.Document);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ModelVersion> ListVersionsAsync(string model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<ModelVersion> versions;
        lock (_gate)
        {
            versions = [.. _models.GetValueOrDefault(model)?.Versions.Keys ?? Enumerable.Empty<ModelVersion>()];
        }

        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var version in versions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return version;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListModelsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<string> models;
        lock (_gate)
        {
            models = [.. _models.Where(static model => model.Value.Versions.Count > 0).Select(static model => model.Key)];
        }

        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var model in models)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return model;
        }
    }

    /// <inheritdoc/>
    public ValueTask<Stream> OpenReadAsync(ModelManifest manifest, ModelFile file, long offset, long length, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(file);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        cancellationToken.ThrowIfCancellationRequested();
        if (Find(manifest.Name, manifest.Version)?.Files.GetValueOrDefault(file.Path) is not { } bytes)
        {
            throw new ModelStorageException(Name, $"'{file.Path}' of '{manifest.Name}' {manifest.Version} is not at provider '{Name}'. Publish it there.", isTransient: false) { Model = manifest.Name };
        }

        var start = (int)Math.Min(offset, bytes.Length);
        return new(new MemoryStream(bytes, start, (int)Math.Min(length, bytes.Length - start), writable: false));
    }

    /// <summary>Always null: the bytes must be fetched.</summary>
    public string? GetLocalPath(ModelManifest manifest, ModelFile file) => null;

    private StoredVersion? Find(string model, ModelVersion version)
    {
        lock (_gate)
        {
            return _models.GetValueOrDefault(model)?.Versions.GetValueOrDefault(version);
        }
    }

    private static ModelFile Describe(string path, byte[] bytes) => new()
    {
        Path = path,
        Size = bytes.Length,
        Sha256 = Sha256Digest.Of(bytes),
        Chunks = [.. bytes.Chunk(1 << 20).Select(static chunk => new ModelChunk(chunk.Length, Sha256Digest.Of(chunk)))],
    };
}
