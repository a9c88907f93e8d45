using System.Runtime.CompilerServices;
using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>One repository tree in an object store. Its bytes are fetched to the nearest writable place and verified on the way.</summary>
/// <remarks>
/// Safe for concurrent use. Disposing it disposes the store, where that is disposable. The documents that were read last, up to 16 MiB
/// with what they parse to, are kept for an hour after their last use and asked for by their entity tags: one that has not changed is
/// neither sent nor parsed again.
/// </remarks>
public sealed class ObjectRepository : IStorageProvider, IDisposable
{
    /// <summary>After so many entries a listing is taken for endless.</summary>
    public const int MaxListed = 100_000;

    private readonly Lazy<DocumentCache> _documents;

    /// <summary>Creates the provider.</summary>
    /// <param name="name">A short name for messages, status and metrics; unique within a chain.</param>
    /// <param name="store">Where the objects are; owned by the provider from here on.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public ObjectRepository(string name, IObjectStore store, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(store);
        (Name, Store) = (name, store);
        _documents = new(() => new DocumentCache(time ?? TimeProvider.System));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Where the objects are.</summary>
    public IObjectStore Store { get; }

    /// <inheritdoc/>
    public VerificationMode Verification => VerificationMode.BeforeUse;

    /// <inheritdoc/>
    public ValueTask<AliasDocument?> GetAliasesAsync(string model, CancellationToken cancellationToken) =>
        ReadAsync(ObjectLayout.Aliases(model), content => DocumentReader.ReadAliases(model, content), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ManifestDocument?> GetManifestAsync(string model, ModelVersion version, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(version);
        return ReadAsync(ObjectLayout.Manifest(model, version), content => ManifestDocument.Parse(model, version, content), cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Where the store has no listing, the versions that the aliases stand for.</remarks>
    public async IAsyncEnumerable<ModelVersion> ListVersionsAsync(string model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!Store.CanList)
        {
            foreach (var version in (await GetAliasesAsync(model, cancellationToken).ConfigureAwait(false))?.Aliases.Values.SelectMany(static target => target.Versions).Select(static split => split.Version).Distinct() ?? [])
            {
                yield return version;
            }

            yield break;
        }

        // One listing of everything below the model costs a request for a thousand objects; asking each folder for its manifest, one each.
        await foreach (var entry in BoundedAsync(ObjectLayout.Model(model), recursive: true, cancellationToken).ConfigureAwait(false))
        {
            if (ObjectLayout.VersionOfManifest(model, entry.Key) is { } version)
            {
                yield return version;
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Empty where the store has no listing.</remarks>
    public async IAsyncEnumerable<string> ListModelsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!Store.CanList)
        {
            yield break;
        }

        await foreach (var entry in BoundedAsync("", recursive: false, cancellationToken).ConfigureAwait(false))
        {
            var name = entry.Key.TrimEnd('/');
            if (entry.Key.EndsWith('/') && ModelName.IsValid(name))
            {
                yield return name;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<Stream> OpenReadAsync(ModelManifest manifest, ModelFile file, long offset, long length, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(file);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return length == 0 ? new(Stream.Null) : Store.OpenReadAsync(ObjectLayout.File(manifest, file), offset, length, cancellationToken);
    }

    /// <summary>Always null: the bytes must be fetched.</summary>
    public string? GetLocalPath(ModelManifest manifest, ModelFile file) => null;

    /// <inheritdoc/>
    public void Dispose()
    {
        (Store as IDisposable)?.Dispose();
        if (_documents.IsValueCreated)
        {
            _documents.Value.Dispose();
        }
    }

    private async ValueTask<T?> ReadAsync<T>(string key, Func<ReadOnlyMemory<byte>, T> parse, CancellationToken cancellationToken)
        where T : class
    {
        var documents = _documents.Value;
        var known = documents.Find(key);
        var read = known is null
            ? await Store.ReadAsync(key, ManifestRules.MaxDocumentBytes, cancellationToken).ConfigureAwait(false)
            : await Store.ReadIfChangedAsync(key, known.Stored, ManifestRules.MaxDocumentBytes, cancellationToken).ConfigureAwait(false);
        if (read is null)
        {
            documents.Forget(key);
            return null;
        }

        if (ReferenceEquals(read, known?.Stored))
        {
            return (T)known!.Document;
        }

        // A store that knows no conditions sends the same bytes again; those need not be parsed again either.
        var document = known is not null && read.Content.Span.SequenceEqual(known.Stored.Content.Span) ? (T)known.Document : parse(read.Content);
        documents.Keep(key, new CachedDocument(read, document));
        return document;
    }

    private async IAsyncEnumerable<ObjectEntry> BoundedAsync(string prefix, bool recursive, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var entry in Store.ListAsync(prefix, recursive, cancellationToken).ConfigureAwait(false))
        {
            if (++count > MaxListed)
            {
                throw new ModelStorageException(
                    Name,
                    $"The listing of '{prefix}' at provider '{Name}' does not end: {MaxListed} entries were read. Clean the repository up, or name versions and aliases instead of ranges.",
                    isTransient: false);
            }

            yield return entry;
        }
    }
}
