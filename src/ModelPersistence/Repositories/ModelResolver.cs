using Microsoft.Extensions.Logging;
using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>From a reference to one version at one provider of the chain.</summary>
internal sealed class ModelResolver(ProviderChain chain, ILogger<ModelResolver> logger)
{
    /// <exception cref="ModelNotFoundException">Every provider looked and none has it.</exception>
    /// <exception cref="ModelStorageException">None has it, and some could not look.</exception>
    /// <exception cref="ModelIntegrityException">It is there only with another digest than the pinned one, or malformed.</exception>
    public async Task<ResolvedModel> ResolveAsync(ModelReference reference, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reference);
        List<string> doubts = [];
        var version = await SelectAsync(reference, doubts, cancellationToken).ConfigureAwait(false);
        var resolved = await LocateAsync(reference, version, doubts, cancellationToken).ConfigureAwait(false);
        RepositoryLog.Resolved(logger, reference.ToString(), version.ToString(), resolved.Provider.Name);
        return resolved;
    }

    /// <summary>Asks the providers behind the one that was used for their digest of the same version, and logs the ones that differ. Never fails; meant to run behind a start.</summary>
    public async Task CompareAsync(ResolvedModel resolved, CancellationToken cancellationToken)
    {
        if (resolved.Document is not { } used)
        {
            return;
        }

        var others = chain.For(resolved.Name).SkipWhile(provider => provider != resolved.Provider).Skip(1).ToList();
        var answers = await ProviderAnswer.AskAllAsync(others, provider => provider.GetManifestAsync(resolved.Name, resolved.Version, cancellationToken), cancellationToken).ConfigureAwait(false);
        foreach (var (other, document, _) in answers)
        {
            if (document is not null && document.Digest != used.Digest)
            {
                RepositoryLog.DigestsDiffer(
                    logger, resolved.Name, resolved.Version.ToString(), resolved.Provider.Name, used.Digest.ToString(), other.Name, document.Digest.ToString());
            }
        }
    }

    private ValueTask<ModelVersion> SelectAsync(ModelReference reference, List<string> doubts, CancellationToken cancellationToken) =>
        reference.SelectorRule switch
        {
            { Version: { } version } => new(version),
            { IsRange: true } rule => new(SelectHighestAsync(reference, rule.Admits, doubts, cancellationToken)),
            _ => new(SelectByAliasAsync(reference, doubts, cancellationToken)),
        };

    private async Task<ModelVersion> SelectByAliasAsync(ModelReference reference, List<string> doubts, CancellationToken cancellationToken)
    {
        var answers = await ProviderAnswer.AskAllAsync(
            chain.For(reference.Name), provider => provider.GetAliasesAsync(reference.Name, cancellationToken), cancellationToken).ConfigureAwait(false);
        Doubt(reference, answers, doubts);

        // The highest revision rules alone: an alias that it dropped must not come back from an older document.
        var ruling = answers.Select(static answer => answer.Value).MaxBy(static document => document?.Revision ?? -1);
        if (ruling is null && reference.Selector == ModelSelector.LatestAlias)
        {
            return await SelectHighestAsync(reference, static version => !version.IsPrerelease, doubts, cancellationToken).ConfigureAwait(false);
        }

        return ruling?.Aliases.GetValueOrDefault(reference.Selector)
            ?? throw await ResolutionFailure.CreateAsync(chain, reference, Failures(answers), [], cancellationToken).ConfigureAwait(false);
    }

    private async Task<ModelVersion> SelectHighestAsync(ModelReference reference, Func<ModelVersion, bool> admits, List<string> doubts, CancellationToken cancellationToken)
    {
        var answers = await ProviderAnswer.AskAllAsync(
            chain.For(reference.Name),
            provider => ProviderAnswer.ListAsync(provider.ListVersionsAsync(reference.Name, cancellationToken), cancellationToken),
            cancellationToken).ConfigureAwait(false);
        Doubt(reference, answers, doubts);
        return answers.SelectMany(static answer => answer.Value ?? []).Where(admits).Max()
            ?? throw await ResolutionFailure.CreateAsync(chain, reference, Failures(answers), [], cancellationToken).ConfigureAwait(false);
    }

    private async Task<ResolvedModel> LocateAsync(ModelReference reference, ModelVersion version, List<string> doubts, CancellationToken cancellationToken)
    {
        List<ProviderFailure> failures = [];
        List<PinRefusal> refusals = [];
        foreach (var provider in chain.For(reference.Name))
        {
            var answer = await ProviderAnswer.AskAsync(provider, asked => FindAsync(asked, reference, version, cancellationToken), cancellationToken).ConfigureAwait(false);
            if (answer.Failure is { } failure)
            {
                RepositoryLog.ProviderFailed(logger, provider.Name, reference.ToString(), failure.Message);
                failures.Add(new(provider.Name, failure));
            }
            else if (answer.Value is { } found && reference.Digest is { } pinned && found.Document?.Digest != pinned)
            {
                var actual = found.Document?.Digest;
                RepositoryLog.PinMismatch(logger, provider.Name, reference.ToString(), actual?.ToString() ?? "(no manifest)");
                refusals.Add(new(provider.Name, actual));
            }
            else if (answer.Value is { } resolved)
            {
                // With a pinned digest it does not matter who was asked: the content is the same by proof.
                IEnumerable<string> skipped = reference.Digest is null ? failures.Select(static failed => failed.ToDoubt()) : [];
                return resolved with { Doubts = [.. doubts.Concat(skipped).Distinct(StringComparer.Ordinal)] };
            }
        }

        throw await ResolutionFailure.CreateAsync(chain, reference, failures, refusals, cancellationToken, version).ConfigureAwait(false);
    }

    private static async ValueTask<ResolvedModel?> FindAsync(IStorageProvider provider, ModelReference reference, ModelVersion version, CancellationToken cancellationToken)
    {
        var document = await provider.GetManifestAsync(reference.Name, version, cancellationToken).ConfigureAwait(false);
        var bare = document is null && provider is IUnmanifestedSource source
            ? await source.FindUnmanifestedAsync(reference.Name, version, cancellationToken).ConfigureAwait(false)
            : null;
        return document is null && bare is null
            ? null
            : new ResolvedModel { Reference = reference, Version = version, Provider = provider, Document = document, Unmanifested = bare };
    }

    private void Doubt<T>(ModelReference reference, ProviderAnswer<T>[] answers, List<string> doubts)
        where T : class
    {
        foreach (var failure in Failures(answers))
        {
            RepositoryLog.ProviderFailed(logger, failure.Provider, reference.ToString(), failure.Cause.Message);
            doubts.Add(failure.ToDoubt());
        }
    }

    private static List<ProviderFailure> Failures<T>(ProviderAnswer<T>[] answers)
        where T : class =>
        [.. answers.Where(static answer => answer.Failure is not null).Select(static answer => new ProviderFailure(answer.Provider.Name, answer.Failure!))];
}
