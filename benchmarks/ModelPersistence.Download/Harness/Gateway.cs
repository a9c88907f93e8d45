using System.Diagnostics;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Transfer;
using ModelPersistence.Measuring;

namespace ModelPersistence.Download.Harness;

/// <summary>A real S3 server, radosgw, as <c>eng/servers.sh</c> starts it; with the served tree in it.</summary>
internal sealed class Gateway : IAsyncDisposable
{
    private const string Variable = "MODELPERSISTENCE_S3_";

    private readonly bool _started;

    private Gateway(IReadOnlyDictionary<string, string> environment, bool started)
    {
        _started = started;
        Endpoint = environment[$"{Variable}ENDPOINT"];
        Credentials = (environment[$"{Variable}KEY"], environment[$"{Variable}SECRET"]);
    }

    public string Endpoint { get; }

    public (string Access, string Secret) Credentials { get; }

    private static string Script => Path.Combine(RepositoryFolder.Path, "eng", "servers.sh");

    public static async Task<Gateway> StartAsync()
    {
        var variables = new[] { "ENDPOINT", "KEY", "SECRET" }.ToDictionary(static name => Variable + name, static name => Environment.GetEnvironmentVariable(Variable + name) ?? "");
        if (variables.Values.All(static value => value.Length > 0))
        {
            return new Gateway(variables, started: false);
        }

        await RunAsync("start");
        var lines = await File.ReadAllLinesAsync(Path.Combine(RepositoryFolder.Path, "artifacts", "servers", "env"));
        return new Gateway(
            lines.Select(static line => line.Replace("export ", "", StringComparison.Ordinal).Split('=', 2)).Where(static pair => pair.Length == 2).ToDictionary(static pair => pair[0], static pair => pair[1]),
            started: true);
    }

    public async Task UploadAsync(string folder)
    {
        var config = new AmazonS3Config
        {
            ServiceURL = Endpoint,
            ForcePathStyle = true,
            AuthenticationRegion = "us-east-1",
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        };
        using var client = new AmazonS3Client(new BasicAWSCredentials(Credentials.Access, Credentials.Secret), config);
        using var utility = new TransferUtility(client);
        await client.PutBucketAsync(ServedTree.Bucket);
        await utility.UploadDirectoryAsync(folder, ServedTree.Bucket, "*", SearchOption.AllDirectories);
    }

    public async ValueTask DisposeAsync()
    {
        if (_started)
        {
            await RunAsync("stop");
        }
    }

    private static async Task RunAsync(string verb)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", [Script, verb]) { RedirectStandardOutput = true })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{Script} {verb} ended with {process.ExitCode} (see above).");
        }
    }
}
