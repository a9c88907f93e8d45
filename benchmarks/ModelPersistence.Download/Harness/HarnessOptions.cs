using System.Globalization;

namespace ModelPersistence.Download.Harness;

/// <summary>What is to be measured, from the command line.</summary>
internal sealed record HarnessOptions
{
    public const string Usage = """
        Measures downloads in fresh processes, ours and those of others by turns, from servers on loopback.

        usage: dotnet run -c Release --project benchmarks/ModelPersistence.Download -- [options]

          --size <MiB>     the size of the large object (default 512, for which the bars are set)
          --runs <n>       counted rounds of each experiment (default 7)
          --only <name,..> some of the experiments: object, flush, set, paced, far, gateway
          --folder <path>  where everything is served from and downloaded to (default: the temporary folder)
          --around <path>  a program that is run before each round with the argument begin, and after it with end
          --quick          a small object and few runs, the result on the screen alone: to see that everything works
          --out <path>     the Markdown result (default benchmarks/results/download.md)
        """;

    public int Size { get; private init; } = 512;

    public int Runs { get; private init; } = 7;

    /// <summary>The experiments that are wanted; empty for all.</summary>
    public IReadOnlyList<string> Only { get; private init; } = [];

    public string Folder { get; private init; } = Path.GetTempPath();

    public string? Around { get; private init; }

    public bool Quick { get; private init; }

    /// <summary>Where the result is written; null for the screen alone.</summary>
    public string? Out { get; private init; } = Path.Combine("benchmarks", "results", "download.md");

    public bool Wants(string experiment) => Only.Count == 0 || Only.Contains(experiment);

    public static bool TryParse(string[] arguments, out HarnessOptions options)
    {
        options = new HarnessOptions();
        if (arguments.Contains("--quick"))
        {
            options = options with { Quick = true, Size = 64, Runs = 2, Out = null };
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

        return true;
    }

    private static HarnessOptions? Read(HarnessOptions options, string name, string value) => name switch
    {
        "--size" when Count(value, out var size) && size <= 1024 => options with { Size = size },
        "--runs" when Count(value, out var runs) => options with { Runs = runs },
        "--only" => options with { Only = value.Split(',') },
        "--folder" => options with { Folder = value },
        "--around" => options with { Around = value },
        "--out" => options with { Out = value },
        _ => null,
    };

    private static bool Count(string text, out int count) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;
}
