using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>The aliases that go with a version from one repository to another.</summary>
internal static class CarriedAliases
{
    /// <summary>Those that stand for the version at the source. A split is among them when the target has its other versions: it comes with the last of them.</summary>
    public static async Task<Dictionary<string, AliasTarget>> FindAsync(
        IStorageProvider source, IStorageProvider target, string model, ModelVersion version, CancellationToken cancellationToken)
    {
        Dictionary<string, AliasTarget> carried = new(StringComparer.Ordinal);
        Dictionary<ModelVersion, bool> there = new() { [version] = true };
        var document = await source.GetAliasesAsync(model, cancellationToken).ConfigureAwait(false);
        foreach (var (alias, stands) in document?.Aliases ?? new Dictionary<string, AliasTarget>())
        {
            if (stands.Names(version) && await IsThereAsync(stands).ConfigureAwait(false))
            {
                carried[alias] = stands;
            }
        }

        return carried;

        async Task<bool> IsThereAsync(AliasTarget stands)
        {
            foreach (var (other, _) in stands.Versions)
            {
                if (!there.TryGetValue(other, out var known))
                {
                    there[other] = known = await target.GetManifestAsync(model, other, cancellationToken).ConfigureAwait(false) is not null;
                }

                if (!known)
                {
                    return false;
                }
            }

            return true;
        }
    }
}
