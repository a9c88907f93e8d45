using System.Globalization;
using ModelPersistence.Configuration;
using ModelPersistence.Runtime;

namespace ModelPersistence.Serving;

/// <summary>How much memory models may take together.</summary>
/// <param name="Bytes">The budget.</param>
/// <param name="AloneBytes">What one model may take when nothing else is loaded.</param>
/// <param name="Source">Where the budget comes from, for messages.</param>
/// <param name="Remedy">The setting that raises it.</param>
internal sealed record MemoryAllowance(long Bytes, long AloneBytes, string Source, string Remedy)
{
    /// <summary>No budget is larger, so that sums of budgets and demands stay far from overflowing.</summary>
    public const long Most = 1L << 60;

    public static MemoryAllowance From(ModelManagementOptions options, Func<MemoryLimit> read)
    {
        const string Section = ModelManagementOptions.SectionName;
        if (options.MemoryBudgetBytes is { } given)
        {
            return new MemoryAllowance(Math.Min(given, Most), Math.Min(given, Most), $"{Section}:MemoryBudgetBytes", $"Raise {Section}:MemoryBudgetBytes");
        }

        // Nobody chose this budget, and what a load needs is an estimate: a model that is alone is refused only where it cannot fit at all.
        var limit = read();
        var share = (options.MemoryBudgetShare * 100).ToString("0.#", CultureInfo.InvariantCulture);
        return new MemoryAllowance(
            Math.Min((long)(limit.Bytes * options.MemoryBudgetShare), Most),
            Math.Min(limit.Bytes, Most),
            $"{share}% of {MemoryText.Size(limit.Bytes)}, {limit.Source}",
            $"Give the process more memory, or set {Section}:MemoryBudgetBytes");
    }
}
