namespace ModelPersistence.ColdStart.Child;

/// <summary>What a measured process is to do, as <c>name=value</c> arguments. Parsed by hand: it is inside the measured time.</summary>
internal sealed class ChildOptions
{
    public const string Verb = "child";

    /// <summary><c>plain</c> opens the model's file itself, <c>managed</c> asks model management, <c>reference</c> writes the expected outputs.</summary>
    public string Way { get; private set; } = "";

    /// <summary><c>load</c> begins the clock when host and environment are there, <c>host</c> before the host is built.</summary>
    public string From { get; private set; } = "host";

    /// <summary>What follows the first output: nothing, <c>settle</c>, <c>hold</c>, <c>outputs</c>, <c>latency</c>.</summary>
    public string Then { get; private set; } = "";

    public string Workload { get; private set; } = "";

    /// <summary>The model's own file.</summary>
    public string Model { get; private set; } = "";

    public string Reference { get; private set; } = "";

    /// <summary>The shared volume; empty to register <see cref="Model"/> as a file.</summary>
    public string Repository { get; private set; } = "";

    public string Cache { get; private set; } = "";

    public string? RecordKey { get; private set; }

    /// <summary>The file of the expected outputs.</summary>
    public string Expected { get; private set; } = "";

    /// <summary>Whether the model is named in AddModel, so that start-up loads it and touches its weights early.</summary>
    public bool Named { get; private set; } = true;

    /// <summary>Whether the runtime's threads spin while they wait; null leaves it to each side.</summary>
    public bool? Spinning { get; private set; }

    public int Rounds { get; private set; } = 40;

    public static ChildOptions Parse(string[] arguments)
    {
        var options = new ChildOptions();
        foreach (var argument in arguments)
        {
            var split = argument.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = (argument[..split], argument[(split + 1)..]);
            switch (name)
            {
                case "way": options.Way = value; break;
                case "from": options.From = value; break;
                case "then": options.Then = value; break;
                case "workload": options.Workload = value; break;
                case "model": options.Model = value; break;
                case "reference": options.Reference = value; break;
                case "repository": options.Repository = value; break;
                case "cache": options.Cache = value; break;
                case "key": options.RecordKey = value; break;
                case "expected": options.Expected = value; break;
                case "named": options.Named = value == "1"; break;
                case "spinning": options.Spinning = value == "1"; break;
                case "rounds": options.Rounds = int.Parse(value); break;
                default: throw new ArgumentException($"'{name}' is no option of a child.");
            }
        }

        return options;
    }
}
