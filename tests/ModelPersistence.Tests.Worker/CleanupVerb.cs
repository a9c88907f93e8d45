using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Store;

namespace ModelPersistence.Tests.Worker;

/// <summary>
/// Cleans a local cache up, or a volume: <c>--cache [--volume] [--max-bytes n] [--stop step]</c>. At the step it says so and stands still until it is killed, else
/// it says what became of everything it found.
/// </summary>
internal static class CleanupVerb
{
    public static async Task<int> RunAsync(Options options)
    {
        CleanupStep? stop = options.Has("stop") ? Enum.Parse<CleanupStep>(options["stop"]) : null;
        StoreFolder cache = new(options["cache"], "cache", TimeProvider.System, StoreFolderKind.Cache);
        StoreFolder[] volumes = options.Has("volume") ? [new StoreFolder(options["volume"], "volume", TimeProvider.System, StoreFolderKind.Shared)] : [];
        StoreUpkeep upkeep = new(new StoreSettings(), volumes, cache, null, TimeProvider.System, NullLogger<StoreUpkeep>.Instance, step => StandStill(step, stop));
        var report = await upkeep.CleanupAsync(
            new CleanupOptions { Repository = options.Has("volume") ? "volume" : null, GracePeriod = TimeSpan.Zero, MaxBytes = options.Has("max-bytes") ? options.Number("max-bytes", 0) : null }, CancellationToken.None);
        Console.WriteLine($"done {string.Join(' ', report.Items.Select(static item => $"{item.Path}={item.Outcome}"))}");
        return 0;
    }

    private static void StandStill(CleanupStep step, CleanupStep? stop)
    {
        if (step == stop)
        {
            Console.WriteLine("reached");
            new ManualResetEventSlim().Wait();
        }
    }
}
