using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Serving.Harness;
using ModelPersistence.Serving.Reporting;

namespace ModelPersistence.Serving.Swapping;

/// <summary>Phases without swaps and with them, by turns, so that a machine's moods meet both alike.</summary>
internal static class SwapExperiment
{
    private const string Method = """
        One host serves one model from a folder that is shared like a volume; client threads get a lease, run and give it back, as fast as they are answered. In phases of 10 s, by turns, the alias
        stays, and moves every 500 ms between Silero v5 and v6; every 5 s it moves to a version that has just been published and is broken: by turns one that the runtime refuses, and one that does not
        answer as its golden sample says. A process of its own publishes and moves the alias. Every element of every answer is compared with what a plain session of the version that the lease names has answered before; every exception counts. A request
        is timed from GetAsync to the lease's disposal. The clients stand still between phases, while everything that a swap has left is let go (SwapLinger is 1 s in the first part; in
        the second it is zero, so that every move opens a session anew and disposes one), and what the process holds then is compared with what it held after the first phase.
        """;

    public static async Task<ServingReport> RunAsync(HarnessOptions options)
    {
        ServingReport report = new("Swaps under load", Method);
        foreach (var linger in new[] { 1, 0 })
        {
            var outcome = await MeasureAsync(options, TimeSpan.FromSeconds(linger));
            SwapTables.AddTo(report, linger == 0 ? "without linger" : "linger 1 s", outcome);
        }

        return report;
    }

    private static async Task<SwapOutcome> MeasureAsync(HarnessOptions options, TimeSpan linger)
    {
        using ScratchFolder scratch = new();
        using var publisher = await Publisher.StartAsync(Directory.CreateDirectory(scratch["volume"]).FullName);
        await using var host = await ServingHost.StartAsync(
            configure =>
            {
                configure.CachePath = scratch["cache"];
                configure.SwapLinger = linger;
            },
            builder => builder.AddSharedVolume(scratch["volume"]));
        await host.SettleAsync(SwapStage.Reference);
        Swapper swapper = new(host, publisher);

        // Both are prepared before anything is measured, and code that only swaps run is compiled.
        await swapper.SettleAsync(SwapStage.Second);
        await swapper.SwapForAsync(TimeSpan.FromSeconds(3));
        await swapper.SettleAsync(SwapStage.First);
        return await MeasureAsync(options, scratch, host, swapper);
    }

    private static async Task<SwapOutcome> MeasureAsync(HarnessOptions options, ScratchFolder scratch, ServingHost host, Swapper swapper)
    {
        VoiceClient client = new(host.Models);
        using Clients clients = new(options.Threads, client.Request);
        await clients.WorkAsync(new Tally(options.Threads), () => Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System));
        await using ChangeCounter changes = new(host.Status);
        var (movesBefore, brokenBefore) = (swapper.Moves, swapper.Broken);
        SwapOutcome outcome = new(Math.Max(1, options.Seconds / 10), options.Threads);
        var phase = TimeSpan.FromSeconds(Math.Min(10, options.Seconds));
        for (var round = 0; round < outcome.Still.Count; round++)
        {
            // The version that the alias stays at alternates too: the two are not equally fast.
            await swapper.SettleAsync(round % 2 == 0 ? SwapStage.First : SwapStage.Second);
            await clients.WorkAsync(outcome.Still[round], () => Task.Delay(phase, TimeProvider.System));
            outcome.Before ??= ProcessResources.Read(scratch.Path);
            await clients.WorkAsync(outcome.Moving[round], () => swapper.SwapForAsync(phase));
        }

        await swapper.SettleAsync(SwapStage.First);
        outcome.After = ProcessResources.Read(scratch.Path);
        (outcome.Moves, outcome.Broken) = (swapper.Moves - movesBefore, swapper.Broken - brokenBefore);
        (outcome.SessionsSeen, outcome.SessionsAlive) = (client.SessionsSeen, client.SessionsAlive);
        (outcome.Swapped, outcome.Refused, outcome.Reasons) = (changes[ModelChangeKind.Swapped], changes[ModelChangeKind.Failed], WithoutPaths(changes.Reasons, scratch));
        return outcome;
    }

    private static Dictionary<string, int> WithoutPaths(IReadOnlyDictionary<string, int> reasons, ScratchFolder scratch) =>
        reasons.ToDictionary(reason => reason.Key.Replace($"{scratch.Path}{Path.DirectorySeparatorChar}", "", StringComparison.Ordinal), static reason => reason.Value, StringComparer.Ordinal);
}
