using System.Globalization;

namespace ModelPersistence.ColdStart.Harness;

/// <summary>What is to be measured, from the command line.</summary>
internal sealed record HarnessOptions
{
    public const string Usage = """
        Measures starts in fresh processes, plain and managed by turns, both precompiled (ReadyToRun).

        usage: dotnet run -c Release --project benchmarks/ModelPersistence.ColdStart -- [options]

          --size <MB>     the model that everything is measured on (default 268)
          --sizes <MB,..> the models that the main rows are measured on as well (default 2,21)
          --runs <n>      fresh processes of each kind (default 9)
          --quick         few runs, the result on the screen alone: to see that everything works
          --out <path>    the Markdown result (default benchmarks/results/cold-start.md)
        """;

    public int Size { get; private init; } = 268;

    public IReadOnlyList<int> OtherSizes { get; private init; } = [2, 21];

    public int Runs { get; private init; } = 9;

    public bool Quick { get; private init; }

    /// <summary>Where the result is written; null for the screen alone.</summary>
    public string? Out { get; private init; } = Path.Combine("benchmarks", "results", "cold-start.md");

    /// <summary>Rounds of the latency comparison.</summary>
    public int LatencyRounds => Quick ? 30 : 60;

    public static bool TryParse(string[] arguments, out HarnessOptions options)
    {
        options = new HarnessOptions();
        var quick = arguments.Contains("--quick");
        if (quick)
        {
            options = options with { Quick = true, Runs = 3, Out = null };
        }

        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--quick")
            {
                continue;
            }

            if (i + 1 == arguments.Length || Read(options, arguments[i], arguments[++i]) is not { } next)
            {
                return false;
            }

            options = next;
        }

        var measured = options.Size;
        options = options with { OtherSizes = [.. options.OtherSizes.Where(size => size != measured)] };
        return true;
    }

    private static HarnessOptions? Read(HarnessOptions options, string name, string value) => name switch
    {
        "--size" when Count(value, out var size) => options with { Size = size },
        "--sizes" when Sizes(value) is { } sizes => options with { OtherSizes = sizes },
        "--runs" when Count(value, out var runs) => options with { Runs = runs },
        "--out" => options with { Out = value },
        _ => null,
    };

    private static int[]? Sizes(string text)
    {
        var sizes = new List<int>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Count(part, out var size))
            {
                return null;
            }

            sizes.Add(size);
        }

        return [.. sizes];
    }

    private static bool Count(string text, out int count) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;
}
