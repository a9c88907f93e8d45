using Microsoft.Extensions.Logging;
using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>From a reference to one version at one provider of the chain.</summary>
internal sealed class ModelResolver(ProviderChain chain, ILogger<ModelResolver> logger, IAliasMemory? memory = null, TimeProvider? time = null)
{
    private readonly VersionSelector _selector = new(chain, logger, memory, time ?? TimeProvider.System);

    /// <summary>What a reference stands for, without waiting for the origin where it is known without it: <see cref="VersionChoice.Origin"/> is its answer.</summary>
    /// <exception cref="ModelNotFoundException">Every provider looked and none knows.</exception>
    /// <exception cref="ModelStorageException">None knows, and some could not look.</exception>
    /// <exception cref="ModelIntegrityException">None knows, and what some have is malformed.</exception>
    public ValueTask<VersionChoice> ChooseAsync(ModelReference reference, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return _selector.SelectAsync(reference, cancellationToken);
    }

    /// <summary>The same, and waits for everybody who has a say.</summary>
    /// <inheritdoc cref="ChooseAsync"/>
    public async Task<VersionChoice> ChooseSettledAsync(ModelReference reference, CancellationToken cancellationToken) =>
        await SettleAsync(await ChooseAsync(reference, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

    /// <summary>Finds a version that a reference stands for. Its doubts are those of the search.</summary>
    /// <exception cref="ModelNotFoundException">Every provider looked and none has it.</exception>
    /// <exception cref="ModelStorageException">None has it, and some could not look.</exception>
    /// <exception cref="ModelIntegrityException">It is there only with another digest than the pinned one, or malformed.</exception>
    public async Task<ResolvedModel> LocateAsync(ModelReference reference, ModelVersion version, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reference);
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
                RepositoryLog.Resolved(logger, reference.ToString(), version.ToString(), provider.Name);
                return resolved with { Doubts = reference.Digest is null ? [.. failures.Select(static failed => failed.ToDoubt())] : [] };
            }
        }

        throw await ResolutionFailure.CreateAsync(chain, reference, failures, refusals, cancellationToken, version).ConfigureAwait(false);
    }

    /// <summary>The one version that a reference stands for. Waits for everybody who has a say.</summary>
    /// <exception cref="InvalidOperationException">It is split over several versions.</exception>
    /// <inheritdoc cref="LocateAsync"/>
    public async Task<ResolvedModel> ResolveAsync(ModelReference reference, CancellationToken cancellationToken)
    {
        var choice = await ChooseSettledAsync(reference, cancellationToken).ConfigureAwait(false);
        var version = choice.Target.Single ?? throw new InvalidOperationException(
            $"'{reference}' is split over versions {string.Join(" and ", choice.Target.Versions.Select(static split => split.Version))}. Name one of them: '{ModelReference.For(reference.Name, choice.Target.Heaviest)}'.");
        return With(choice, await LocateAsync(reference, version, cancellationToken).ConfigureAwait(false));
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

    /// <summary>Waits for the origin of a choice.</summary>
    public static async Task<VersionChoice> SettleAsync(VersionChoice choice)
    {
        if (choice.Origin is null)
        {
            return choice;
        }

        var answer = await choice.Origin.ConfigureAwait(false);
        return new VersionChoice(answer.Other ?? choice.Target, answer.Doubt is { } doubt ? [.. choice.Doubts, doubt] : choice.Doubts, null)
        {
            Revision = answer.Revision ?? choice.Revision,
        };
    }

    private static ResolvedModel With(VersionChoice choice, ResolvedModel found) =>
        found with { Doubts = [.. choice.Doubts.Concat(found.Doubts).Distinct(StringComparer.Ordinal)] };

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
}
