using ModelPersistence.Configuration;
using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>Says why a load was refused, and what holds the memory.</summary>
internal static class MemoryRefusal
{
    private const string Section = ModelManagementOptions.SectionName;
    private const int MostNamed = 5;

    /// <summary>Larger than everything there is.</summary>
    public static ModelMemoryException TooLarge(MemoryAllowance allowance, string holder, long bytes) => Of(
        allowance, holder, bytes, [], isTransient: false,
        $"which is more than {(allowance.AloneBytes > allowance.Bytes ? $"the {MemoryText.Size(allowance.AloneBytes)} the process may use" : "all of the budget")}",
        $"{allowance.Remedy}, or serve a smaller model.");

    /// <summary>What is never unloaded leaves too little.</summary>
    public static ModelMemoryException Kept(MemoryAllowance allowance, string holder, long bytes, List<MemoryClaim> claims) => Of(
        allowance, holder, bytes, claims, isTransient: false,
        "and models that are critical or pinned leave less than that",
        $"{allowance.Remedy}, or mark fewer models as critical or pinned.");

    /// <summary>What is in use was not given back in time.</summary>
    public static ModelMemoryException Busy(MemoryAllowance allowance, string holder, long bytes, List<MemoryClaim> claims, TimeSpan waited) => Of(
        allowance, holder, bytes, claims, isTransient: true,
        $"and models in use did not give back enough within {Section}:MemoryTimeout ({waited})",
        $"{allowance.Remedy}, raise {Section}:MemoryTimeout, or hold leases for shorter.");

    /// <summary>What somebody's claim is doing there, as one word or two.</summary>
    public static string WhyHeld(MemoryClaim claim) => claim switch
    {
        { Stage: MemoryClaimStage.Leaving } => "being unloaded",
        { Stage: MemoryClaimStage.Draining } => "withdrawn, still leased",
        { Resident: null } => "loading",
        { Resident.KeptAs: { } kept } => kept,
        { Resident.IsIdle: true } => "idle",
        _ => "in use",
    };

    private static ModelMemoryException Of(MemoryAllowance allowance, string holder, long bytes, List<MemoryClaim> claims, bool isTransient, string cause, string remedy)
    {
        var held = claims.Sum(static claim => claim.Bytes);
        var largest = claims.OrderByDescending(static claim => claim.Bytes).ToList();
        List<string> named = [.. largest.Take(MostNamed).Select(static claim => $"{claim.Holder} {MemoryText.Size(claim.Bytes)} ({WhyHeld(claim)})")];
        if (largest.Count > MostNamed)
        {
            named.Add($"{largest.Count - MostNamed} more {MemoryText.Size(largest.Skip(MostNamed).Sum(static claim => claim.Bytes))}");
        }

        var holders = named.Count == 0 ? "" : $" Held: {string.Join(", ", named)}.";
        return new ModelMemoryException(
            $"Model '{holder}' was not loaded: it takes about {MemoryText.Size(bytes)} of memory, {cause}. The budget is {MemoryText.Size(allowance.Bytes)} ({allowance.Source}), {MemoryText.Size(held)} of it held.{holders} {remedy}",
            isTransient)
        { Model = holder, RequiredBytes = bytes, BudgetBytes = allowance.Bytes, HeldBytes = held };
    }
}
