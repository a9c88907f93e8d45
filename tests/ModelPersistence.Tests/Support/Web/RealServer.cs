namespace ModelPersistence.Tests.Support.Web;

/// <summary>A server that eng/servers.sh started for the tests of the category RealServers.</summary>
/// <param name="Endpoint">Its address.</param>
/// <param name="Key">The access key.</param>
/// <param name="Secret">The key's secret.</param>
/// <param name="GuestKey">The access key of a user who owns nothing, with the same secret; null where there is none.</param>
internal sealed record RealServer(Uri Endpoint, string Key, string Secret, string? GuestKey)
{
    /// <summary>The category of tests that need one.</summary>
    public const string Category = "RealServers";

    /// <summary>Ceph's gateway, which every run with servers has.</summary>
    public const string Ceph = "S3";

    /// <summary>moto_server, which is there on some machines.</summary>
    public const string Moto = "MOTO";

    // Where the servers must be there, a test without them fails instead of being ignored.
    private const string RequiredVariable = "MODELPERSISTENCE_REQUIRE_SERVERS";

    /// <summary>The server, or the end of the test.</summary>
    public static RealServer Require(string name)
    {
        if (Find($"MODELPERSISTENCE_{name}_ENDPOINT") is { } endpoint)
        {
            return new RealServer(new Uri(endpoint), Find($"MODELPERSISTENCE_{name}_KEY")!, Find($"MODELPERSISTENCE_{name}_SECRET")!, Find($"MODELPERSISTENCE_{name}_GUEST_KEY"));
        }

        EndTest($"No {name} server was named. Start the servers with eng/servers.sh start, or run the tests by eng/servers.sh run eng/test.sh.", isRequired: name == Ceph);
        return null!;
    }

    /// <summary>The path of a program that eng/servers.sh installs and a test starts itself, or the end of the test.</summary>
    public static string RequireProgram(string name)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            EndTest($"{name} is not installed. eng/servers.sh start installs it, on Debian as root.", isRequired: true);
        }

        return path!;
    }

    private static void EndTest(string why, bool isRequired)
    {
        if (isRequired && Environment.GetEnvironmentVariable(RequiredVariable) == "1")
        {
            Assert.Fail(why);
        }

        Assert.Ignore(why);
    }

    private static string? Find(string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
        {
            return value;
        }

        var file = Path.Combine(SourceTree.Root, "artifacts", "servers", "env");
        var line = $"export {variable}=";
        return File.Exists(file) ? File.ReadLines(file).FirstOrDefault(text => text.StartsWith(line, StringComparison.Ordinal))?[line.Length..] : null;
    }
}
