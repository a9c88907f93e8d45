using System.Globalization;
using System.Text;

namespace ModelPersistence.Serving;

/// <summary>Where each millisecond of a load went.</summary>
/// <param name="Steps">The steps in the order in which they ended.</param>
/// <param name="TimeToReady">From the request to the moment the model began to serve; null while it has not.</param>
public sealed record LoadTimeline(IReadOnlyList<LoadStep> Steps, TimeSpan? TimeToReady)
{
    /// <summary>One line for people: <c>ready in 71 ms = Resolve 3 + Verify 1 + ...; behind: WarmUp 140, TierSwap 1</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(TimeToReady is { } ready ? string.Create(CultureInfo.InvariantCulture, $"ready in {ready.TotalMilliseconds:0.0} ms = ") : "not ready: ");
        Append(Steps.Where(static step => !step.BehindStart), " + ");
        if (Steps.Any(static step => step.BehindStart))
        {
            text.Append("; behind the start: ");
            Append(Steps.Where(static step => step.BehindStart), ", ");
        }

        return text.ToString();

        void Append(IEnumerable<LoadStep> steps, string separator) =>
            text.AppendJoin(separator, steps.Select(static step => string.Create(
                CultureInfo.InvariantCulture,
                $"{step.Phase} {step.Duration.TotalMilliseconds:0.0}{(step.Detail is null ? "" : $" ({step.Detail})")}")));
    }
}
