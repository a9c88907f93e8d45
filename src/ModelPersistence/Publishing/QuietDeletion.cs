using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>Clears objects up that no manifest names: they cost room and nothing else, and the outcome of the call that leaves them is what counts.</summary>
internal static class QuietDeletion
{
    // Also after the caller has given up, who then does not want to wait for a store that does not answer.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    public static async Task RunAsync(IWritableObjectStore store, IReadOnlyCollection<string> keys, TimeProvider time)
    {
        using CancellationTokenSource limit = new(Limit, time);
        try
        {
            await store.DeleteAsync(keys, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ModelPersistenceException or OperationCanceledException)
        {
            // What stays is out of sight; the right to delete is not needed to publish.
        }
    }
}
