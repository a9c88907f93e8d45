using System.Globalization;

namespace ModelPersistence.ColdStart.Child;

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
}
