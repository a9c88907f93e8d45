using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>
/// Writes documents under a condition and finds out what became of a write whose answer was lost: a document that lies there with our
/// very bytes was written, by us or as if by us.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="enforced">Whether the store keeps conditions. If not, they are looked at before each write, which another writer can slip past.</param>
/// <param name="backoff">The wait between attempts.</param>
internal sealed class ConditionalWrites(IWritableObjectStore store, bool enforced, PublishBackoff backoff)
{
    private const int MaxAttempts = 4;

    /// <returns>True when the object holds the content now; false when the condition did not hold and the object holds something else.</returns>
    /// <exception cref="ModelStorageException">The store could not write; whether it did is unknown.</exception>
    public async Task<bool> TryWriteAsync(string key, ReadOnlyMemory<byte> content, WriteCondition condition, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // A refusal can be the answer to a repetition that the store's client made by itself, after the first request had been
                // carried out: what lies there decides.
                return (enforced
                    ? await store.TryWriteAsync(key, content, condition, cancellationToken).ConfigureAwait(false) is not null
                    : await WriteUnguardedAsync(key, content, condition, cancellationToken).ConfigureAwait(false))
                    || await HoldsAsync(key, content, cancellationToken).ConfigureAwait(false);
            }
            catch (ModelStorageException e) when (e.IsTransient && attempt < MaxAttempts)
            {
                // Writing again under the same condition does no harm: had it happened, the condition would not hold any more.
                await backoff.WaitAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> WriteUnguardedAsync(string key, ReadOnlyMemory<byte> content, WriteCondition condition, CancellationToken cancellationToken)
    {
        if (condition.Kind != WriteConditionKind.None)
        {
            var current = await ReadAsync(key, cancellationToken).ConfigureAwait(false);
            if (condition.Kind == WriteConditionKind.Absent ? current is not null : current?.ETag != condition.ETag)
            {
                return false;
            }
        }

        return await store.TryWriteAsync(key, content, WriteCondition.None, cancellationToken).ConfigureAwait(false) is not null;
    }

    private async Task<bool> HoldsAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        await ReadAsync(key, cancellationToken).ConfigureAwait(false) is { } current && current.Content.Span.SequenceEqual(content.Span);

    private ValueTask<StoredObject?> ReadAsync(string key, CancellationToken cancellationToken) =>
        store.ReadAsync(key, ManifestRules.MaxDocumentBytes, cancellationToken);
}
