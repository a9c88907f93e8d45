using System.Globalization;

namespace ModelPersistence.Measuring;

/// <summary>What a measured process says on its standard output: that the first correct output is there, then figures by name.</summary>
internal static class Announcement
{
    public const string Ready = "READY";
    public const string Result = "RESULT";

    public static void SayReady()
    {
        Console.Out.WriteLine(Ready);
        Console.Out.Flush();
    }

    public static void Say(params IEnumerable<(string Name, object Value)> figures)
    {
        Console.Out.WriteLine($"{Result}\t{string.Join('\t', figures.Select(static figure => string.Create(CultureInfo.InvariantCulture, $"{figure.Name}={figure.Value}")))}");
        Console.Out.Flush();
    }

    /// <summary>Takes the figures out of a line; false when it holds none.</summary>
    public static bool TryRead(string line, IDictionary<string, string> figures)
    {
        if (!line.StartsWith(Result, StringComparison.Ordinal))
        {
            return false;
        }

        foreach (var figure in line.Split('\t').Skip(1).Where(static figure => figure.Length > 0))
        {
            var split = figure.IndexOf('=', StringComparison.Ordinal);
            figures[figure[..split]] = figure[(split + 1)..];
        }

        return true;
    }
}
