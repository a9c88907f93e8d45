using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>Changes a model's alias document in an object store: read it, change it, write it if nobody else has written it meanwhile.</summary>
internal sealed class ObjectAliases(ObjectRepository repository, IWritableObjectStore store, ConditionalWrites writes, PublishBackoff backoff, Action<PublishStep> reached)
{
    private const int MaxAttempts = 40;

    /// <inheritdoc cref="IPublishTarget.ChangeAliasesAsync"/>
    public async Task<(AliasDocument? Document, bool Changed)> ChangeAsync(string model, Func<AliasDocument?, AliasChange> change, CancellationToken cancellationToken)
    {
        var key = ObjectLayout.Aliases(model);
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var stored = await store.ReadAsync(key, ManifestRules.MaxDocumentBytes, cancellationToken).ConfigureAwait(false);
            var current = stored is null ? null : DocumentReader.ReadAliases(model, stored.Content);
            if (change(current).ApplyTo(model, current) is not { } next)
            {
                return (current, false);
            }

            var condition = stored is null ? WriteCondition.Absent : WriteCondition.Unchanged(stored.ETag);
            if (await writes.TryWriteAsync(key, DocumentReader.Write(next), condition, cancellationToken).ConfigureAwait(false))
            {
                reached(PublishStep.AliasesWritten);
                return (next, true);
            }

            await backoff.WaitAsync(attempt, cancellationToken).ConfigureAwait(false);
        }

        throw new ModelStorageException(
            repository.Name,
            $"The aliases of '{model}' at '{repository.Name}' could not be changed: others changed them {MaxAttempts} times meanwhile. The version itself is in place; try again.",
            isTransient: true)
        { Model = model };
    }
}
