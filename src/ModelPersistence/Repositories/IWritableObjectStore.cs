using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>An object store that can be published to.</summary>
public interface IWritableObjectStore : IObjectStore
{
    /// <summary>Writes a small object whole, if a condition holds at that moment.</summary>
    /// <returns>The new entity tag; null when the condition did not hold and nothing was written.</returns>
    /// <exception cref="ModelStorageException">The store could not write. Whether it did is then unknown.</exception>
    ValueTask<string?> TryWriteAsync(string key, ReadOnlyMemory<byte> content, WriteCondition condition, CancellationToken cancellationToken);

    /// <summary>Writes an object of any size, in parts where that is better. It appears whole or not at all.</summary>
    /// <exception cref="ModelStorageException">The store could not write.</exception>
    Task UploadAsync(string key, ObjectContent content, CancellationToken cancellationToken);

    /// <summary>Deletes objects; those that are missing are no error.</summary>
    /// <exception cref="ModelStorageException">The store could not delete.</exception>
    Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken);
}
