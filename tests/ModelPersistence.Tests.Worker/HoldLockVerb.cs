using ModelPersistence.Store;

namespace ModelPersistence.Tests.Worker;

/// <summary>Takes a lock, says so, and keeps it until a line arrives or the process is killed: <c>--path</c>.</summary>
internal static class HoldLockVerb
{
    public static async Task<int> RunAsync(Options options)
    {
        await using var held = await new CrossProcessLocks(TimeProvider.System).AcquireAsync(options["path"], static _ => ValueTask.FromResult(false), CancellationToken.None);
        await Console.Out.WriteLineAsync($"{held.Outcome}");
        await Console.Out.FlushAsync();
        await Console.In.ReadLineAsync();
        return 0;
    }
}
