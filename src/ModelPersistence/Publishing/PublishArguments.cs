using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>Refuses what callers cannot mean, before anything is looked at or written.</summary>
internal static class PublishArguments
{
    public static void Require(string name, ModelVersion version, PublishOptions options, DateTimeOffset now)
    {
        ModelName.Require(name, nameof(name));
        ArgumentNullException.ThrowIfNull(version);
        RequireAliases(options.Aliases, nameof(options));
        RequireAhead(options.AliasesExpire, now, nameof(options));
    }

    public static void Require(string name, string alias, AliasOptions options, DateTimeOffset now)
    {
        ModelName.Require(name, nameof(name));
        RequireAliases([alias], nameof(alias));
        RequireAhead(options.Expires, now, nameof(options));
    }

    public static void RequireAliases(IReadOnlyList<string> aliases, string parameter)
    {
        foreach (var alias in aliases)
        {
            ArgumentNullException.ThrowIfNull(alias, parameter);
            if (!ModelSelector.IsAlias(alias))
            {
                throw new ArgumentException($"'{ModelName.Printable(alias)}' is not a valid alias: a name such as stable, which nobody could take for a version.", parameter);
            }
        }
    }

    private static void RequireAhead(DateTimeOffset? expires, DateTimeOffset now, string parameter)
    {
        if (expires <= now)
        {
            throw new ArgumentException($"An alias document that expires at {expires:O} would be out of date at once. Name a moment that lies ahead.", parameter);
        }
    }
}
