using ModelPersistence.Measuring;

namespace ModelPersistence.Download.Harness;

/// <summary>What an experiment found.</summary>
/// <param name="Served">What was downloaded.</param>
/// <param name="Contenders">Everyone who was meant to take part, in the table's order.</param>
/// <param name="Results">What those measured who could.</param>
internal sealed record Outcome(Served Served, IReadOnlyList<Contender> Contenders, IReadOnlyDictionary<string, IReadOnlyList<Measurement>> Results)
{
    public bool Has(string contender) => Results.ContainsKey(contender);

    /// <summary>A figure of all counted rounds, in their order.</summary>
    public double[] Values(string contender, Func<Measurement, double> figure) => [.. Results[contender].Select(figure)];

    public double Median(string contender, Func<Measurement, double> figure) => Statistics.Median(Results[contender].Select(figure));

    /// <summary>Of several, the one whose median is the lowest; null when none took part.</summary>
    public string? Best(IEnumerable<string> contenders, Func<Measurement, double> figure) => contenders.Where(Has).MinBy(contender => Median(contender, figure));
}
