using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>
/// Named objects behind a network: a bucket, a static web server. <see cref="ObjectRepository"/> makes a repository of it, so that a new
/// kind of store needs these few operations and nothing else.
/// </summary>
/// <remarks>
/// Safe for concurrent use. Keys have forward slashes and do not begin with one. What a store cannot do for reasons of its own (access
/// denied, unreachable, throttled for too long) it throws as <see cref="ModelStorageException"/>, whose message names the setting or
/// permission that mends it.
/// </remarks>
public interface IObjectStore
{
    /// <summary>Whether <see cref="ListAsync"/> works; a plain web server has no listing.</summary>
    bool CanList { get; }

    /// <summary>Reads a small object whole, or null when there is none.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="maxLength">The bound in bytes; a larger object is a <see cref="ModelIntegrityException"/>, told before it is read to its end.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ModelStorageException">The store could not look.</exception>
    ValueTask<StoredObject?> ReadAsync(string key, int maxLength, CancellationToken cancellationToken);

    /// <summary>Reads a small object again, unless it is still the one that is known. By default it is read whole.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="known">What was read before. Without an entity tag there is nothing to ask by.</param>
    /// <param name="maxLength">The bound in bytes; a larger object is a <see cref="ModelIntegrityException"/>, told before it is read to its end.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns><paramref name="known"/> itself when the store says that nothing has changed; what the object is now when it was read; null when there is none any more.</returns>
    /// <exception cref="ModelStorageException">The store could not look.</exception>
    ValueTask<StoredObject?> ReadIfChangedAsync(string key, StoredObject known, int maxLength, CancellationToken cancellationToken) =>
        ReadAsync(key, maxLength, cancellationToken);

    /// <summary>Opens a range of an object. The caller disposes the stream.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">The number of bytes; the stream ends early only where the object does.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RangesNotSupportedException">The server answers with the whole object, and the range does not begin at 0.</exception>
    /// <exception cref="ModelStorageException">The object is missing or cannot be read.</exception>
    ValueTask<Stream> OpenReadAsync(string key, long offset, long length, CancellationToken cancellationToken);

    /// <summary>The objects whose key begins with a prefix, in no order, page by page as the caller goes on.</summary>
    /// <param name="prefix">The prefix; ends with a slash, or is empty for all.</param>
    /// <param name="recursive">Whether deeper objects are listed; if not, each folder below stands for them, once, as an entry whose key ends with a slash.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="ModelStorageException">The store could not look.</exception>
    /// <exception cref="NotSupportedException"><see cref="CanList"/> is false.</exception>
    IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, bool recursive, CancellationToken cancellationToken);
}
