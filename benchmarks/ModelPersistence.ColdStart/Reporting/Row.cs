using System.Globalization;
using ModelPersistence.Measuring;

namespace ModelPersistence.ColdStart.Reporting;

/// <summary>One line of a table: what was measured, both sides, what they come to, the bar and whether it is met.</summary>
internal sealed record Row(string What, string Plain, string Managed, string Comparison, string Bar = "", bool? Met = null)
{
    public string Verdict => Met switch { true => "pass", false => "**miss**", null => "" };

    /// <summary>Times in milliseconds, where the ratio is how many times sooner the managed side is.</summary>
    /// <param name="what">What was measured.</param>
    /// <param name="plain">The plain side, in the order of the rounds.</param>
    /// <param name="managed">The managed side, in the same order.</param>
    /// <param name="atLeast">The bar: how many times faster at least.</param>
    /// <param name="atMost">The bar: how many times the plain time at most.</param>
    public static Row OfTimes(string what, IReadOnlyList<double> plain, IReadOnlyList<double> managed, double? atLeast = null, double? atMost = null)
    {
        if (atMost is { } limit)
        {
            var longer = Statistics.RatioOfMedians(managed, plain);
            return new Row(what, Times(plain), Times(managed), $"{longer:0.00} times the time{Interval(managed, plain)}", $"≤ {limit:0.00} times", longer <= limit);
        }

        var faster = Statistics.RatioOfMedians(plain, managed);
        var (bar, met) = atLeast is { } least ? (least == 1 ? "no slower" : $"≥ {least:0.0} times", faster >= least) : ("", (bool?)null);
        return new Row(what, Times(plain), Times(managed), $"{faster:0.0} times as fast{Interval(plain, managed)}", bar, met);
    }

    /// <summary>The median with the smallest and the largest.</summary>
    public static string Times(IReadOnlyList<double> values)
    {
        var median = Statistics.Median(values);
        var format = median < 10 ? "0.00" : median < 100 ? "0.0" : "0";
        return $"{Format(median)} ms ({Format(values.Min())}–{Format(values.Max())})";

        string Format(double value) => value.ToString(format, CultureInfo.InvariantCulture);
    }

    private static string Interval(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        var (low, high) = Statistics.Interval(a, b, Statistics.RatioOfMedians);
        return $" [{low:0.00}, {high:0.00}]";
    }
}
