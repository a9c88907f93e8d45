namespace ModelPersistence.Measuring;

/// <summary>Medians, and how sure they are.</summary>
internal static class Statistics
{
    private const int Resamples = 10_000;

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>
    /// The 95% percentile-bootstrap interval of <paramref name="statistic"/> over pairs measured together. The resampling is seeded: the same
    /// figures give the same interval.
    /// </summary>
    public static (double Low, double High) Interval(IReadOnlyList<double> a, IReadOnlyList<double> b, Func<IReadOnlyList<double>, IReadOnlyList<double>, double> statistic)
    {
        var random = new Random(1);
        var count = Math.Min(a.Count, b.Count);
        var (sampleA, sampleB) = (new double[count], new double[count]);
        var found = new double[Resamples];
        for (var resample = 0; resample < Resamples; resample++)
        {
            for (var i = 0; i < count; i++)
            {
                var pick = random.Next(count);
                (sampleA[i], sampleB[i]) = (a[pick], b[pick]);
            }

            found[resample] = statistic(sampleA, sampleB);
        }

        Array.Sort(found);
        return (found[(int)(0.025 * Resamples)], found[(int)(0.975 * Resamples)]);
    }

    public static double RatioOfMedians(IReadOnlyList<double> a, IReadOnlyList<double> b) => Median(a) / Median(b);

    public static double MedianOfRatios(IReadOnlyList<double> a, IReadOnlyList<double> b) => Median(a.Zip(b, static (x, y) => x / y));
}
