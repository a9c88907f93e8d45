using ModelPersistence.Serving;
using ModelPersistence.Startup;

namespace VoiceActivity;

/// <summary>Prints the load timeline of a model: what the start waited for, and what came behind it.</summary>
internal static class LoadReport
{
    public static void Print(ModelStatusEntry model)
    {
        if (model.Timeline is not { } timeline)
        {
            return;
        }

        foreach (var step in timeline.Steps.Where(static step => !step.BehindStart))
        {
            Console.WriteLine(Line(step));
        }

        Console.WriteLine($"   ready after    {timeline.TimeToReady?.TotalMilliseconds,7:0.0} ms, and then, while it already served:");
        foreach (var step in timeline.Steps.Where(static step => step.BehindStart))
        {
            Console.WriteLine(Line(step));
        }

        if (model.Warmup is { } warmup)
        {
            Console.WriteLine($"   warm: {warmup.Iterations} runs, p50 {warmup.P50.TotalMilliseconds:0.00} ms, p95 {warmup.P95.TotalMilliseconds:0.00} ms; served by the session of tier {model.Tier}");
        }

        foreach (var reason in model.Degradations)
        {
            Console.WriteLine($"   degraded: {reason}");
        }
    }

    private static string Line(LoadStep step) => $"     {step.Phase,-12} {step.Duration.TotalMilliseconds,7:0.0} ms   {step.Detail}".TrimEnd();
}
