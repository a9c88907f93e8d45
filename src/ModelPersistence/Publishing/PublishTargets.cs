using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Store;

namespace ModelPersistence.Publishing;

/// <summary>The providers of the chain that can be written.</summary>
internal sealed class PublishTargets(ProviderChain chain, StoreSettings settings, TimeProvider time, ILogger logger, Action<PublishStep> reached)
{
    private readonly PublishBackoff _backoff = new(time);

    // What a store does with conditions, found out once for each provider.
    private readonly ConcurrentDictionary<IStorageProvider, Verdict> _verdicts = [];

    private sealed record Verdict(string? WhyUnsafe);

    /// <summary>The provider of that name, or the first that accepts publishing.</summary>
    /// <exception cref="ArgumentException">There is no such provider.</exception>
    /// <exception cref="InvalidOperationException">None accepts publishing.</exception>
    public IStorageProvider Choose(string? name)
    {
        var accepting = chain.Providers.Where(Accepts).ToList();
        var choice = accepting.Count == 0
            ? "None does: add a shared volume (AddSharedVolume, or ModelManagement:Providers with the Type SharedVolume) or an object store that can be written (AddS3 of the package ModelPersistence.Aws)."
            : $"These do: {string.Join(", ", accepting.Select(static provider => $"'{provider.Name}'"))}.";
        return name is null
            ? accepting.FirstOrDefault() ?? throw new InvalidOperationException($"There is no repository that accepts publishing. {choice}")
            : accepting.Find(provider => provider.Name == name) ?? throw new ArgumentException($"There is no repository '{ModelName.Printable(name)}' that accepts publishing. {choice}", nameof(name));
    }

    /// <summary>Makes sure that a repository can be written safely, and hands out what writes it.</summary>
    /// <exception cref="ModelStorageException">The store does not keep conditions, or could not be tried.</exception>
    public async Task<IPublishTarget> OpenAsync(IStorageProvider provider, bool allowUnsafe, CancellationToken cancellationToken)
    {
        if (provider is DirectoryProvider directory)
        {
            return new FolderTarget(directory, settings, time, logger, reached);
        }

        var repository = (ObjectRepository)provider;
        var store = (IWritableObjectStore)repository.Store;
        var why = await WhyUnsafeAsync(repository, store, allowUnsafe, cancellationToken).ConfigureAwait(false);
        if (why is not null && !allowUnsafe)
        {
            throw new ModelStorageException(
                repository.Name,
                $"'{repository.Name}' is not written to: it does not keep the conditions of writes ({why}), so that two publishers could overwrite each other. Use a server that enforces If-None-Match and If-Match, or insist with AllowUnsafeStore in the call's options where one writer at a time is ensured otherwise.",
                isTransient: false);
        }

        if (why is not null)
        {
            PublishLog.UnsafeStore(logger, repository.Name, why);
        }

        return new ObjectTarget(repository, store, new ConditionalWrites(store, enforced: why is null, _backoff), _backoff, settings, time, logger, reached);
    }

    private async Task<string?> WhyUnsafeAsync(ObjectRepository repository, IWritableObjectStore store, bool allowUnsafe, CancellationToken cancellationToken)
    {
        if (_verdicts.TryGetValue(repository, out var known))
        {
            return known.WhyUnsafe;
        }

        try
        {
            var why = await new StoreProbe(store, repository.Name, _backoff).WhyUnsafeAsync(cancellationToken).ConfigureAwait(false);
            _verdicts[repository] = new Verdict(why);
            return why;
        }
        catch (ModelStorageException e) when (allowUnsafe && !e.IsTransient)
        {
            // Whoever insists writes without conditions; a store that denies that as well says so itself.
            return e.Message;
        }
    }

    private static bool Accepts(IStorageProvider provider) =>
        provider is DirectoryProvider { AcceptsPublishing: true } or ObjectRepository { Store: IWritableObjectStore };
}
