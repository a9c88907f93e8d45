using ModelPersistence.Serving;

namespace ModelPersistence.ColdStart.Child;

/// <summary>A quick figure for GetAsync and Dispose on a warm model; the BenchmarkDotNet suite LeaseAcquire has the careful one.</summary>
internal static class WarmCall
{
    private const int Calls = 1_000_000;

    public static async Task<(string Name, object Value)[]> RunAsync(string reference, IModelProvider models)
    {
        // Until the just-in-time compiler has seen enough of it.
        for (var i = 0; i < 5; i++)
        {
            await LoopAsync(reference, models, Calls / 5);
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }

        var best = double.PositiveInfinity;
        var bytes = 0.0;
        for (var i = 0; i < 5; i++)
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var begun = TimeProvider.System.GetTimestamp();
            await LoopAsync(reference, models, Calls);
            best = Math.Min(best, TimeProvider.System.GetElapsedTime(begun).TotalNanoseconds / Calls);
            bytes = (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / Calls;
        }

        return [("call.ns", best), ("call.bytes", bytes)];
    }

    private static async Task LoopAsync(string reference, IModelProvider models, int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            using var lease = await models.GetAsync(reference);
        }
    }
}
