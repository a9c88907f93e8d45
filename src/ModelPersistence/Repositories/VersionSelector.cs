using Microsoft.Extensions.Logging;
using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>
/// From a reference to the version it stands for. Folders are asked first and decide at once where they can; what lies behind a network
/// is asked at the same time, and its answer confirms or corrects the choice.
/// </summary>
internal sealed class VersionSelector(ProviderChain chain, ILogger logger, IAliasMemory? memory, TimeProvider time)
{
    private readonly SeenAliases _seen = new();

    public ValueTask<VersionChoice> SelectAsync(ModelReference reference, CancellationToken cancellationToken) =>
        reference.SelectorRule switch
        {
            { Version: { } version } => new(new VersionChoice(AliasTarget.To(version), [], null)),
            { IsRange: true } rule => new(SelectHighestAsync(reference, rule.Admits, cancellationToken)),
            _ => new(SelectByAliasAsync(reference, cancellationToken)),
        };

    private async Task<VersionChoice> SelectByAliasAsync(ModelReference reference, CancellationToken cancellationToken)
    {
        Question<AliasDocument> question = new(
            reference,
            provider => provider.GetAliasesAsync(reference.Name, cancellationToken),
            documents => Ruling(reference.Name, documents) is { } ruling && ruling.Aliases.TryGetValue(reference.Selector, out var target)
                ? new Verdict(target, ruling.Revision, WhyStale(ruling))
                : null);
        var (choice, answers) = await AskAsync(question, cancellationToken).ConfigureAwait(false);
        if (choice is null && reference.Selector == ModelSelector.LatestAlias && Ruling(reference.Name, Values(answers)) is null)
        {
            var failures = Doubts(answers);
            var highest = await SelectHighestAsync(reference, static version => !version.IsPrerelease, cancellationToken).ConfigureAwait(false);
            return highest with { Doubts = [.. failures.Concat(highest.Doubts).Distinct(StringComparer.Ordinal)] };
        }

        return choice ?? throw await ResolutionFailure.CreateAsync(chain, reference, Failures(answers), [], cancellationToken).ConfigureAwait(false);
    }

    private async Task<VersionChoice> SelectHighestAsync(ModelReference reference, Func<ModelVersion, bool> admits, CancellationToken cancellationToken)
    {
        Question<List<ModelVersion>> question = new(
            reference,
            provider => ProviderAnswer.ListAsync(provider.ListVersionsAsync(reference.Name, cancellationToken), cancellationToken),
            lists => lists.SelectMany(static list => list).Where(admits).Max() is { } highest ? new Verdict(highest, null, null) : null);
        var (choice, answers) = await AskAsync(question, cancellationToken).ConfigureAwait(false);
        return choice ?? throw await ResolutionFailure.CreateAsync(chain, reference, Failures(answers), [], cancellationToken).ConfigureAwait(false);
    }

    private async Task<Reply<T>> AskAsync<T>(Question<T> question, CancellationToken cancellationToken)
        where T : class
    {
        var farther = chain.FarFor(question.Reference.Name);
        var asking = farther.Count > 0 ? ProviderAnswer.AskAllAsync(farther, question.Ask, cancellationToken) : null;
        var near = await ProviderAnswer.AskAllAsync(chain.NearFor(question.Reference.Name), question.Ask, cancellationToken).ConfigureAwait(false);
        Log(question.Reference, near);
        if (asking is null)
        {
            WarnOfStepBack(near);
        }

        if (question.Choose(Values(near)) is { } nearest)
        {
            return asking is null
                ? new(Settled(nearest, near), near)
                : new(new VersionChoice(nearest.Target, Doubts(near), ConfirmAsync(question, nearest.Target, near, asking)) { Revision = nearest.Revision }, near);
        }

        var far = asking is null ? [] : await asking.ConfigureAwait(false);
        Log(question.Reference, far);
        Learn(near, far);
        WarnOfStepBack(far);
        ProviderAnswer<T>[] all = [.. near, .. far];
        return new(question.Choose(Values(all)) is { } verdict ? Settled(verdict, all) : null, all);
    }

    private async Task<OriginAnswer> ConfirmAsync<T>(Question<T> question, AliasTarget chosen, ProviderAnswer<T>[] near, Task<ProviderAnswer<T>[]> asking)
        where T : class
    {
        var far = await asking.ConfigureAwait(false);
        Log(question.Reference, far);
        Learn(near, far);
        WarnOfStepBack(far);

        // The origin is the last that knows the model. Whether one that could not be asked is it, nobody can say.
        foreach (var answer in far.Reverse())
        {
            if (answer.Failure is not null)
            {
                return new OriginAnswer { Doubt = new ProviderFailure(answer.Provider.Name, answer.Failure).ToDoubt() };
            }

            if (answer.Value is { } value && value is not List<ModelVersion> { Count: 0 })
            {
                break;
            }
        }

        if (question.Choose(Values([.. near, .. far])) is not { } verdict)
        {
            return new OriginAnswer { Doubt = $"The origin has no '{question.Reference}' any more; version {chosen}, which it stood for before, is served until the next start. Set the alias again, or name another reference." };
        }

        OriginAnswer told = new() { Revision = verdict.Revision };
        return verdict.Target != chosen ? told with { Other = verdict.Target } : told with { Doubt = verdict.Doubt };
    }

    /// <summary>The highest revision rules alone: an alias that it dropped must not come back from an older document, nor by a provider's step back.</summary>
    private AliasDocument? Ruling(string model, IEnumerable<AliasDocument> documents) => _seen.Highest(model, Highest(documents));

    private static AliasDocument? Highest(IEnumerable<AliasDocument> documents)
    {
        AliasDocument? highest = null;
        foreach (var document in documents)
        {
            highest = highest is null || document.Revision > highest.Revision ? document : highest;
        }

        return highest;
    }

    private string? WhyStale(AliasDocument ruling) => ruling.Expires is { } expires && expires <= time.GetUtcNow()
        ? $"The aliases of '{ruling.Name}' (revision {ruling.Revision}) expired at {expires:u}: nobody has confirmed since that they still hold. Set an alias again with a later expiry."
        : null;

    private void Learn<T>(ProviderAnswer<T>[] near, ProviderAnswer<T>[] far)
        where T : class
    {
        if (Highest(Values(far).OfType<AliasDocument>()) is { } told && !(Highest(Values(near).OfType<AliasDocument>())?.Revision >= told.Revision))
        {
            memory?.Remember(told);
        }
    }

    /// <summary>Whoever restores a repository from a copy, or publishes in two places, wonders why hosts do not follow.</summary>
    private void WarnOfStepBack<T>(ProviderAnswer<T>[] deciding)
        where T : class
    {
        if (Highest(Values(deciding).OfType<AliasDocument>()) is { } told && _seen.HigherThan(told) is { } held)
        {
            var provider = deciding.First(answer => ReferenceEquals(answer.Value, told)).Provider;
            RepositoryLog.RevisionBehind(logger, provider.Name, told.Name, told.Revision, held);
        }
    }

    private void Log<T>(ModelReference reference, ProviderAnswer<T>[] answers)
        where T : class
    {
        foreach (var failure in Failures(answers))
        {
            RepositoryLog.ProviderFailed(logger, failure.Provider, reference.ToString(), failure.Cause.Message);
        }
    }

    private static IEnumerable<T> Values<T>(ProviderAnswer<T>[] answers)
        where T : class =>
        answers.Select(static answer => answer.Value).OfType<T>();

    private static List<string> Doubts<T>(ProviderAnswer<T>[] answers)
        where T : class =>
        [.. Failures(answers).Select(static failure => failure.ToDoubt())];

    private static VersionChoice Settled<T>(Verdict verdict, ProviderAnswer<T>[] answers)
        where T : class =>
        new(verdict.Target, verdict.Doubt is { } doubt ? [.. Doubts(answers), doubt] : Doubts(answers), null) { Revision = verdict.Revision };

    private static List<ProviderFailure> Failures<T>(ProviderAnswer<T>[] answers)
        where T : class =>
        [.. answers.Where(static answer => answer.Failure is not null).Select(static answer => new ProviderFailure(answer.Provider.Name, answer.Failure!))];

    /// <summary>What came of a question: the choice, where one could be made, and the answers. A class, since a start would have to compile the task of a struct.</summary>
    private sealed record Reply<T>(VersionChoice? Choice, ProviderAnswer<T>[] Answers)
        where T : class;

    /// <summary>What every provider is asked, and what follows from the answers.</summary>
    private sealed record Question<T>(ModelReference Reference, Func<IStorageProvider, ValueTask<T?>> Ask, Func<IEnumerable<T>, Verdict?> Choose)
        where T : class;

    /// <summary>What follows from answers, the revision of the alias document that decided, and why it may be out of date.</summary>
    private sealed record Verdict(AliasTarget Target, long? Revision, string? Doubt);
}
