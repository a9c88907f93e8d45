using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>Makes the exception for a reference that came to nothing: who was asked, what each said, what is there instead, and the remedy.</summary>
internal static class ResolutionFailure
{
    private const string AddProvider =
        "Publish it, or add the repository that has it (ModelManagement:Providers, AddBakedIn, AddSharedVolume).";

    public static async Task<ModelPersistenceException> CreateAsync(
        ProviderChain chain,
        ModelReference reference,
        IReadOnlyList<ProviderFailure> failures,
        IReadOnlyList<PinRefusal> refusals,
        CancellationToken cancellationToken,
        ModelVersion? version = null)
    {
        var asked = chain.For(reference.Name);
        if (asked.Count == 0)
        {
            return NotFound(reference, $"'{reference}' cannot be found: no provider is configured. {AddProvider}");
        }

        var causes = string.Join(" ", failures.Select(static failure => $"{failure.Provider}: {failure.Cause.Message}"));
        if (refusals.Count > 0)
        {
            var found = string.Join(", ", refusals.Select(static refusal => $"'{refusal.Provider}' has {refusal.Actual?.ToString() ?? "it without a manifest, so without a digest"}"));
            return new ModelIntegrityException(
                $"'{reference}' is refused: {found}, and {reference.Digest} is pinned. {causes} Correct the digest in the reference, or restore the version that it names.".Replace("  ", " ", StringComparison.Ordinal))
            { Model = reference.ToString(), File = RepositoryLayout.ManifestName, Expected = reference.Digest, Actual = refusals[0].Actual };
        }

        var what = version is null || reference.SelectorRule.Version is not null ? $"'{reference}'" : $"'{reference}', which is version {version},";
        if (failures.Count > 0)
        {
            var others = asked.Select(static provider => provider.Name).Except(failures.Select(static failure => failure.Provider), StringComparer.Ordinal).ToList();
            var message = $"{what} was not found, but not everybody could be asked. {causes}{(others.Count > 0 ? $" Not at {Quoted(others)}." : "")}";
            return failures.All(static failure => failure.Cause is ModelIntegrityException)
                ? new ModelIntegrityException(message, failures[0].Cause) { Model = reference.ToString(), File = (failures[0].Cause as ModelIntegrityException)?.File }
                : new ModelStorageException(failures[0].Provider, message, failures.Any(static failure => failure.IsTransient), failures[0].Cause) { Model = reference.ToString() };
        }

        var hint = await Hints.CollectAsync(asked, reference, cancellationToken).ConfigureAwait(false);
        return NotFound(reference, $"{what} is not at {Quoted([.. asked.Select(static provider => provider.Name)])}. {hint} {AddProvider}");
    }

    private static ModelNotFoundException NotFound(ModelReference reference, string message) => new(message) { Model = reference.ToString() };

    private static string Quoted(List<string> names) =>
        names.Count == 1 ? $"provider '{names[0]}'" : $"any of the providers {string.Join(", ", names.Select(static name => $"'{name}'"))}";
}
