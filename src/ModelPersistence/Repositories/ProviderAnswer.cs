namespace ModelPersistence.Repositories;

/// <summary>What one provider said: a value, "not here" (null), or why it could not look.</summary>
internal sealed record ProviderAnswer<T>(IStorageProvider Provider, T? Value, Exception? Failure)
    where T : class;

/// <summary>Asks providers so that the failure of one is an answer too.</summary>
internal static class ProviderAnswer
{
    public static async Task<ProviderAnswer<T>> AskAsync<T>(IStorageProvider provider, Func<IStorageProvider, ValueTask<T?>> ask, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return new(provider, await ask(provider).ConfigureAwait(false), null);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return new(provider, null, e);
        }
    }

    /// <summary>Asks all at once; the answers come in the providers' order.</summary>
    public static Task<ProviderAnswer<T>[]> AskAllAsync<T>(IReadOnlyList<IStorageProvider> providers, Func<IStorageProvider, ValueTask<T?>> ask, CancellationToken cancellationToken)
        where T : class =>
        Task.WhenAll(providers.Select(provider => AskAsync(provider, ask, cancellationToken)));

    public static async ValueTask<List<T>?> ListAsync<T>(IAsyncEnumerable<T> items, CancellationToken cancellationToken)
    {
        List<T> all = [];
        await foreach (var item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            all.Add(item);
        }

        return all;
    }
}
