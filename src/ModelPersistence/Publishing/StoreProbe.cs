using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>Tries whether a store really keeps conditions. Some servers accept them and write all the same, and then two publishers both win.</summary>
internal sealed class StoreProbe(IWritableObjectStore store, string provider, PublishBackoff backoff)
{
    private const int MaxAttempts = 3;
    private const int MaxLength = 64;

    // No server gives this tag to anything: it has the form of one and is the digest of nothing that is written here.
    private const string WrongTag = "\"00000000000000000000000000000000\"";

    /// <summary>Null when the store keeps conditions, else what it does instead.</summary>
    /// <exception cref="ModelStorageException">The store could not be tried.</exception>
    public async Task<string?> WhyUnsafeAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            // A name of its own for each attempt: what became of an attempt whose answer was lost cannot be known.
            var key = $".probe/{Guid.NewGuid():n}";
            try
            {
                var (why, isCertain) = await TryOnceAsync(key, cancellationToken).ConfigureAwait(false);
                if (isCertain || attempt == MaxAttempts)
                {
                    return why;
                }
            }
            catch (ModelStorageException e) when (e.IsTransient && attempt < MaxAttempts)
            {
                await backoff.WaitAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
            catch (ModelStorageException e) when (!e.IsTransient)
            {
                // A refusal that a plain write meets as well has nothing to do with conditions.
                var hint = await TakesPlainWritesAsync(key, cancellationToken).ConfigureAwait(false)
                    ? " It takes writes without conditions: where one writer at a time is ensured otherwise, AllowUnsafeStore in the call's options writes without them."
                    : "";
                throw new ModelStorageException(provider, $"'{provider}' could not be tried for conditional writes: {e.Message}{hint}", isTransient: false, e);
            }
            finally
            {
                await QuietDeletion.RunAsync(store, [key], backoff.Time).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether the store takes a write without a condition and shows what was written.</summary>
    private async Task<bool> TakesPlainWritesAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            await store.TryWriteAsync(key, "0"u8.ToArray(), WriteCondition.None, cancellationToken).ConfigureAwait(false);
            return await store.ReadAsync(key, MaxLength, cancellationToken).ConfigureAwait(false) is not null;
        }
        catch (ModelStorageException)
        {
            return false;
        }
    }

    private async Task<(string? Why, bool IsCertain)> TryOnceAsync(string key, CancellationToken cancellationToken)
    {
        if (await WriteAsync("1", WriteCondition.Absent).ConfigureAwait(false) is not { } first)
        {
            return ("it says that an object exists which does not", false);
        }

        if (await WriteAsync("2", WriteCondition.Absent).ConfigureAwait(false) is not null)
        {
            return ("it overwrites an object that a write with If-None-Match should spare", true);
        }

        // The tag under which the object is read counts: it is the one that alias documents are changed by.
        var tag = (await store.ReadAsync(key, MaxLength, cancellationToken).ConfigureAwait(false))?.ETag ?? first;
        if (tag.Length == 0)
        {
            return ("it gives no entity tags", true);
        }

        if (await WriteAsync("3", WriteCondition.Unchanged(WrongTag)).ConfigureAwait(false) is not null)
        {
            return ("it overwrites an object although the tag in If-Match is not the object's", true);
        }

        return await WriteAsync("4", WriteCondition.Unchanged(tag)).ConfigureAwait(false) is null
            ? ("it refuses a write although the tag in If-Match is the object's", false)
            : (null, true);

        ValueTask<string?> WriteAsync(string content, WriteCondition condition) =>
            store.TryWriteAsync(key, System.Text.Encoding.UTF8.GetBytes(content), condition, cancellationToken);
    }
}
