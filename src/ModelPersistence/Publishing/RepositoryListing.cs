using System.Runtime.CompilerServices;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>What the providers have, each name or version once, page by page as the caller goes on.</summary>
internal sealed class RepositoryListing(IReadOnlyList<IStorageProvider> providers)
{
    public async IAsyncEnumerable<string> ModelsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        await foreach (var (model, _) in MergeAsync(provider => provider.ListModelsAsync(cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            if (seen.Add(model))
            {
                yield return model;
            }
        }
    }

    public async IAsyncEnumerable<ListedVersion> VersionsAsync(string model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var aliases = await AliasesAsync(model, cancellationToken).ConfigureAwait(false);
        HashSet<ModelVersion> seen = [];
        await foreach (var (version, provider) in MergeAsync(provider => provider.ListVersionsAsync(model, cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            if (seen.Add(version))
            {
                yield return new ListedVersion(version, [.. aliases[version]], provider.Name);
            }
        }
    }

    private async Task<ILookup<ModelVersion, string>> AliasesAsync(string model, CancellationToken cancellationToken)
    {
        var answers = await ProviderAnswer.AskAllAsync(providers, provider => provider.GetAliasesAsync(model, cancellationToken), cancellationToken).ConfigureAwait(false);

        // The highest revision rules, as it does for a reference. Who cannot be asked fails the listing of versions as well, and says why there.
        var ruling = answers.Select(static answer => answer.Value).MaxBy(static document => document?.Revision ?? -1);
        return (ruling?.Aliases ?? new Dictionary<string, AliasTarget>())
            .OrderBy(static alias => alias.Key, StringComparer.Ordinal)
            .SelectMany(static alias => alias.Value.Versions, static (alias, split) => (split.Version, Alias: alias.Key))
            .ToLookup(static pair => pair.Version, static pair => pair.Alias);
    }

    /// <summary>One provider after the other. One that fails does not hide what the others have; its failure comes at the end.</summary>
    private async IAsyncEnumerable<(T Item, IStorageProvider Provider)> MergeAsync<T>(
        Func<IStorageProvider, IAsyncEnumerable<T>> list, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Exception? failure = null;
        foreach (var provider in providers)
        {
            var items = list(provider).GetAsyncEnumerator(cancellationToken);
            await using var closed = items.ConfigureAwait(false);
            while (true)
            {
                try
                {
                    if (!await items.MoveNextAsync().ConfigureAwait(false))
                    {
                        break;
                    }
                }
                catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    failure ??= e;
                    break;
                }

                yield return (items.Current, provider);
            }
        }

        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }
}
