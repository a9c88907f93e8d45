using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Store;

namespace ModelPersistence.Tests.Worker;

/// <summary>
/// Cleans a local cache up: <c>--cache [--max-bytes n] [--stop step]</c>. At the step it says so and stands still until it is killed, else
/// it says what became of everything it found.
/// </summary>
internal static class CleanupVerb
{
    public static async Task<int> RunAsync(Options options)
    {
        CleanupStep? stop = options.Has("stop") ? Enum.Parse<CleanupStep>(options["stop"]) : null;
        StoreFolder cache = new(options["cache"], "cache", TimeProvider.System, StoreFolderKind.Cache);
        StoreUpkeep upkeep = new(new StoreSettings(), [], cache, null, TimeProvider.System, NullLogger<StoreUpkeep>.Instance, step => StandStill(step, stop));
        var report = await upkeep.CleanupAsync(
            new CleanupOptions { GracePeriod = TimeSpan.Zero, MaxBytes = options.Has("max-bytes") ? options.Number("max-bytes", 0) : null }, CancellationToken.None);
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
