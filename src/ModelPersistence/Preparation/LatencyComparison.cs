using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Preparation;

/// <summary>
/// Whether a prepared session is slower than the original: runs of both in turn, so that whatever else the machine does meets both, and
/// the median over the pairs. The host is serving meanwhile, so a "slower" counts only when the fastest runs, which nothing disturbed, say
/// so too, and twice more with more rounds: it is remembered for as long as the artifact's key lasts.
/// </summary>
internal sealed class LatencyComparison(TimeProvider time)
{
    private const double Allowed = 1.10;
    private const int WarmRounds = 2;
    private const int FewestRounds = 5;
    private static readonly int[] Rounds = [9, 31, 101];
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(20);

    // Below this a difference is the measuring itself.
    private static readonly TimeSpan Noise = TimeSpan.FromMicroseconds(30);

    public (bool IsSlower, double OriginalMs, double PreparedMs) Measure(
        string model, InferenceSession original, InferenceSession prepared, ModelInputs inputs, CancellationToken cancellationToken)
    {
        for (var i = 0; i < WarmRounds; i++)
        {
            ModelRun.RunOnly(model, original, inputs, LoadPhase.Prepare);
            ModelRun.RunOnly(model, prepared, inputs, LoadPhase.Prepare);
        }

        var result = (IsSlower: true, OriginalMs: 0.0, PreparedMs: 0.0);
        for (var attempt = 0; attempt < Rounds.Length && result.IsSlower; attempt++)
        {
            result = Pairs(model, original, prepared, inputs, Rounds[attempt], cancellationToken);
        }

        return result;
    }

    private (bool IsSlower, double OriginalMs, double PreparedMs) Pairs(
        string model, InferenceSession original, InferenceSession prepared, ModelInputs inputs, int rounds, CancellationToken cancellationToken)
    {
        List<double> originals = [], others = [], ratios = [];
        var begun = time.GetTimestamp();
        while (ratios.Count < rounds && (ratios.Count < FewestRounds || time.GetElapsedTime(begun) < LongEnough))
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Who goes first changes, since the second finds the inputs in the processor's caches.
            var originalFirst = ratios.Count % 2 == 0;
            var first = Time(model, originalFirst ? original : prepared, inputs);
            var second = Time(model, originalFirst ? prepared : original, inputs);
            var (o, p) = originalFirst ? (first, second) : (second, first);
            originals.Add(o);
            others.Add(p);
            ratios.Add(o > 0 ? p / o : 1);
        }

        var (originalMs, preparedMs) = (Median(originals), Median(others));
        var (originalBest, preparedBest) = (originals.Min(), others.Min());
        var slower = Median(ratios) > Allowed && preparedBest > Allowed * originalBest && preparedBest - originalBest > Noise.TotalMilliseconds;
        return (slower, originalMs, preparedMs);
    }

    private double Time(string model, InferenceSession session, ModelInputs inputs)
    {
        var begun = time.GetTimestamp();
        ModelRun.RunOnly(model, session, inputs, LoadPhase.Prepare);
        return time.GetElapsedTime(begun).TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
