using ModelPersistence.Download.Child;

namespace ModelPersistence.Download.Harness;

/// <summary>Everyone who can be asked to download from one server.</summary>
/// <param name="program">The published program of the measured processes.</param>
/// <param name="endpoint">The server.</param>
/// <param name="served">What is downloaded.</param>
/// <param name="target">The folder it goes to.</param>
internal sealed class Contenders(string program, string endpoint, Served served, string target)
{
    private const int Parallel = 8;

    /// <summary>The credentials that the server asks for; others take any.</summary>
    public (string Access, string Secret)? Credentials { get; init; }

    public Contender Own(string name, string way, params string[] more) => Child(name, way, more);

    public Contender Sdk(string name, string way, params string[] more) => Child(name, way, more);

    public Contender RcloneHttp() => Tool(
        ContenderNames.RcloneHttp, Tools.Rclone, "rclone", ["--config", "", "copy", "--http-url", endpoint, $":http:{ServedTree.Bucket}/{Path()}", target]);

    public Contender RcloneS3() => Tool(
        ContenderNames.RcloneS3, Tools.Rclone, "rclone",
        ["--config", "", "copy", "--s3-provider", "Other", "--s3-endpoint", endpoint, "--s3-access-key-id", Access, "--s3-secret-access-key", Secret, $":s3:{ServedTree.Bucket}/{Path()}", target]);

    public Contender Aws() => Tool(
        ContenderNames.AwsCli, Tools.Aws, "awscli",
        [
            "--endpoint-url", endpoint, "s3", "cp", "--only-show-errors", $"s3://{ServedTree.Bucket}/{Path()}",
            .. served.Files.Count == 1 ? [System.IO.Path.Combine(target, "model.onnx")] : new[] { target, "--recursive" },
        ],
        new()
        {
            ["AWS_ACCESS_KEY_ID"] = Access,
            ["AWS_SECRET_ACCESS_KEY"] = Secret,
            ["AWS_DEFAULT_REGION"] = "us-east-1",
            ["AWS_CONFIG_FILE"] = "/dev/null",
            ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
        });

    public Contender Curl() => Tool(ContenderNames.Curl, Tools.Curl, "curl", ["-sSf", "--create-dirs", "-o", System.IO.Path.Combine(target, "model.onnx"), Address]);

    /// <summary>As many processes as streams, each with its share of the object in a file of its own.</summary>
    public Contender Curls()
    {
        var size = (served.Bytes + Parallel - 1) / Parallel;
        var parts = Enumerable.Range(0, Parallel).Select(i => $"'{Tools.Curl}' -sSf --create-dirs -r {i * size}-{Math.Min(served.Bytes, (i + 1) * size) - 1} -o '{target}/part.{i}' '{Address}' &");
        return Tool(ContenderNames.Curls, Tools.Curl is null ? null : "/bin/sh", "curl", ["-c", $"{string.Join('\n', parts)}\nwait"]) with { LeavesParts = true };
    }

    private string Address => $"{endpoint}/{ServedTree.Bucket}/{served.Key}";

    private string Access => Credentials?.Access ?? "anyone";

    private string Secret => Credentials?.Secret ?? "nothing-is-secret-here";

    private string Path() => served.Files.Count == 1 ? served.Key : $"{served.Prefix}/";

    private Contender Child(string name, string way, IEnumerable<string> more) => new(name, new Command(program, [ChildOptions.Verb, $"way={way}", .. Place(), .. more]));

    private IEnumerable<string> Place() =>
    [
        $"endpoint={endpoint}", $"bucket={ServedTree.Bucket}", $"reference={served.Reference}", $"target={target}", $"access={Access}", $"secret={Secret}",
        served.Files.Count == 1 ? $"key={served.Key}" : $"prefix={served.Prefix}",
    ];

    private static Contender Tool(string name, string? program, string package, IReadOnlyList<string> arguments, Dictionary<string, string>? environment = null) => program is null
        ? new Contender(name, null) { Missing = $"not installed (Debian package {package})" }
        : new Contender(name, new Command(program, arguments) { Environment = environment ?? [] });
}
