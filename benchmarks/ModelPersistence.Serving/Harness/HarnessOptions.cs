using System.Globalization;

namespace ModelPersistence.Serving.Harness;

/// <summary>What is to be measured, from the command line.</summary>
internal sealed record HarnessOptions
{
    public const string Swap = "swap";
    public const string Budget = "budget";
    public const string Throughput = "throughput";

    public const string Usage = """
        Serves models under load in this process, and looks at what is answered, how fast, and what it takes.

        usage: dotnet run -c Release --project benchmarks/ModelPersistence.Serving -- swap|budget|throughput [options]

          swap         a model whose alias moves all the time, also to versions that are broken
          budget       more models than the memory budget holds
          throughput   leases against the plain session used directly

          --seconds <n>   how long each side of the experiment is under load (default 60; throughput: for each number of threads)
          --threads <n>   the clients of swap and budget (default 64, for which the bars are set)
          --quick         a few seconds, the result on the screen alone: to see that everything works
          --out <path>    the Markdown result (default benchmarks/results/serving-<experiment>.md)
        """;

    public string Experiment { get; private init; } = "";

    public int Seconds { get; private init; } = 60;

    public int Threads { get; private init; } = 64;

    public bool Quick { get; private init; }

    /// <summary>Where the result is written; null for the screen alone.</summary>
    public string? Out { get; private init; }

    public static bool TryParse(string[] arguments, out HarnessOptions options)
    {
        options = new HarnessOptions();
        if (arguments is not [Swap or Budget or Throughput, .. var rest])
        {
            return false;
        }

        options = options with { Experiment = arguments[0], Out = Path.Combine("benchmarks", "results", $"serving-{arguments[0]}.md") };
        if (rest.Contains("--quick"))
        {
            options = options with { Quick = true, Seconds = 6, Out = null };
        }

        for (var i = 0; i < rest.Length; i++)
        {
            if (rest[i] == "--quick")
            {
                continue;
            }

            if (i + 1 == rest.Length || Read(options, rest[i], rest[++i]) is not { } next)
            {
                return false;
            }

            options = next;
        }

        return true;
    }

    private static HarnessOptions? Read(HarnessOptions options, string name, string value) => name switch
    {
        "--seconds" when Count(value, out var seconds) => options with { Seconds = seconds },
        "--threads" when Count(value, out var threads) && threads <= 1024 => options with { Threads = threads },
        "--out" => options with { Out = value },
        _ => null,
    };

    private static bool Count(string text, out int count) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;
}
