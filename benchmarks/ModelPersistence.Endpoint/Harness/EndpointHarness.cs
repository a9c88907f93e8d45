using ModelPersistence.Endpoint.Servers;
using ModelPersistence.Measuring;

namespace ModelPersistence.Endpoint.Harness;

/// <summary>Two servers under load by turns.</summary>
internal static class EndpointHarness
{
    private const double LeastListened = 0.97;

    /// <returns>Whether every bar is met.</returns>
    public static async Task<bool> RunAsync(HarnessOptions options)
    {
        if (!OperatingSystem.IsLinux() || !Wrk.IsThere)
        {
            Console.Error.WriteLine("The harness reads /proc and drives the load with wrk: it needs Linux, and wrk (Debian: apt-get install --no-install-recommends wrk).");
            return false;
        }

        var folder = Directory.CreateTempSubdirectory("modelpersistence-endpoint-").FullName;
        try
        {
            return await RunAsync(options, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<bool> RunAsync(HarnessOptions options, string folder)
    {
        ServedModels.Save(folder);
        var isEndpoint = options.Experiment == HarnessOptions.Endpoint;
        await using var ours = await ServerProcess.StartAsync(isEndpoint ? ServerNames.Own : ServerNames.Listened, folder);
        await using var theirs = await ServerProcess.StartAsync(isEndpoint ? ServerNames.Plain : ServerNames.Own, folder);
        EndpointReport report = new(options);
        foreach (var workload in Workload.All())
        {
            await AnswerCheck.RequireSameAsync(workload, ours, theirs);
            if (!isEndpoint && workload.Model != ServedModels.Voice)
            {
                continue;
            }

            foreach (var connections in workload.Connections)
            {
                var windows = await Contest.RunAsync<Window>(options.Rounds,
                [
                    ("ours", () => Wrk.RunAsync(ours, workload, connections, options.Seconds, folder)),
                    ("theirs", () => Wrk.RunAsync(theirs, workload, connections, options.Seconds, folder)),
                ]);
                report.Add(workload, connections, isEndpoint ? workload.Least : LeastListened, windows["ours"], windows["theirs"]);
            }
        }

        report.Write();
        return report.IsMet;
    }
}
