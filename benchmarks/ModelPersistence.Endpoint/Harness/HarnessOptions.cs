using System.Globalization;

namespace ModelPersistence.Endpoint.Harness;

/// <summary>What is to be measured, from the command line.</summary>
internal sealed record HarnessOptions
{
    public const string Endpoint = "endpoint";
    public const string Telemetry = "telemetry";

    public const string Start = "start";

    public const string Usage = """
        Puts web servers that serve models over HTTP under load by turns, each in a process of its own.

        usage: dotnet run -c Release --project benchmarks/ModelPersistence.Endpoint -- endpoint|telemetry|start [options]

          endpoint    the inference protocol against a minimal API written by hand over a plain session
          telemetry   the inference protocol with somebody who listens to every instrument, against the same without
          start       a web host with a model of 268 MB from exec to ready, against the same without a model

          --rounds <n>    how many rounds are counted (default 9)
          --seconds <n>   how long each server is under load in a round (default 3)
          --quick         three rounds of a second, the result on the screen alone: to see that everything works
          --out <path>    the Markdown result (default benchmarks/results/endpoint.md, endpoint-telemetry.md, endpoint-start.md)
        """;

    public string Experiment { get; private init; } = "";

    public int Rounds { get; private init; } = 9;

    public int Seconds { get; private init; } = 3;

    public bool Quick { get; private init; }

    /// <summary>Where the result is written; null for the screen alone.</summary>
    public string? Out { get; private init; }

    public static bool TryParse(string[] arguments, out HarnessOptions options)
    {
        options = new HarnessOptions();
        if (arguments is not [Endpoint or Telemetry or Start, .. var rest])
        {
            return false;
        }

        options = options with
        {
            Experiment = arguments[0],
            Out = Path.Combine("benchmarks", "results", arguments[0] == Endpoint ? "endpoint.md" : $"endpoint-{arguments[0]}.md"),
        };
        for (var i = 0; i < rest.Length; i++)
        {
            if (rest[i] == "--quick")
            {
                options = options with { Quick = true, Rounds = 3, Seconds = 1, Out = null };
            }
            else if (i + 1 == rest.Length || Read(options, rest[i], rest[++i]) is not { } next)
            {
                return false;
            }
            else
            {
                options = next;
            }
        }

        return true;
    }

    private static HarnessOptions? Read(HarnessOptions options, string name, string value) => name switch
    {
        "--rounds" when Count(value, out var rounds) => options with { Rounds = rounds },
        "--seconds" when Count(value, out var seconds) => options with { Seconds = seconds },
        "--out" => options with { Out = value },
        _ => null,
    };

    private static bool Count(string text, out int count) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;
}
