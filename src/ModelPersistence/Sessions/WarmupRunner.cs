using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Sessions;

/// <summary>Runs a session on made-up or golden inputs and measures it.</summary>
internal sealed class WarmupRunner(TimeProvider clock)
{
    public static ModelInputs CreateInputs(string model, InferenceSession session, WarmupHints? hints, IReadOnlyList<GoldenSample>? samples) =>
        samples is [var first, ..] ? GoldenInputs.Create(model, session, first) : InputSynthesizer.Create(model, session, hints);

    /// <summary>One run, timed.</summary>
    /// <exception cref="ModelLoadException">The session refused the inputs; the message says which hint to give.</exception>
    public TimeSpan RunOnce(string model, InferenceSession session, ModelInputs inputs, LoadPhase phase)
    {
        var begun = clock.GetTimestamp();
        ModelRun.RunOnly(model, session, inputs, phase);
        return clock.GetElapsedTime(begun);
    }

    /// <summary>All the runs of a warm-up; null for none.</summary>
    public WarmupStatistics? Run(string model, InferenceSession session, ModelInputs inputs, int iterations, Action<TimeSpan> ran, CancellationToken cancellationToken)
    {
        if (iterations <= 0)
        {
            return null;
        }

        var first = Run();
        var others = new List<TimeSpan>(iterations - 1);
        while (others.Count < iterations - 1)
        {
            cancellationToken.ThrowIfCancellationRequested();
            others.Add(Run());
        }

        return WarmupStatistics.From(first, others);

        TimeSpan Run()
        {
            var elapsed = RunOnce(model, session, inputs, LoadPhase.WarmUp);
            ran(elapsed);
            return elapsed;
        }
    }
}
