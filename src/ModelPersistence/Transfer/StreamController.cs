namespace ModelPersistence.Transfer;

/// <summary>
/// How many streams a transfer should use: a few more while that makes it faster, the number before when it did not, half as many when
/// the source asks for it, no more while the processors are the limit. Immutable; each observation gives the next state.
/// </summary>
/// <param name="Streams">The streams to use now.</param>
/// <param name="Most">The most there may be.</param>
internal sealed record StreamController(int Streams, int Most)
{
    private const int Step = 4;
    private const double WorthIt = 1.1;
    private const int Rests = 20;

    /// <summary>The streams and their rate before the last trial; zero when there was none.</summary>
    private (int Streams, double Rate) Before { get; init; }

    /// <summary>For how many observations nothing is tried.</summary>
    private int Resting { get; init; }

    /// <summary>The next state after a while in which the streams brought so many bytes a second.</summary>
    /// <param name="rate">Bytes a second.</param>
    /// <param name="wasThrottled">Whether a source asked to be asked less.</param>
    /// <param name="isBusy">Whether this process kept the machine's processors busy; further streams would only take memory then.</param>
    public StreamController Next(double rate, bool wasThrottled, bool isBusy = false)
    {
        if (wasThrottled)
        {
            return this with { Streams = Math.Max(1, Streams / 2), Before = default, Resting = Rests };
        }

        if (Resting > 0)
        {
            return this with { Resting = Resting - 1 };
        }

        if (Before.Streams > 0 && rate < Before.Rate * WorthIt)
        {
            return this with { Streams = Before.Streams, Before = default, Resting = Rests };
        }

        return Streams < Most && !isBusy ? this with { Streams = Math.Min(Most, Streams + Step), Before = (Streams, rate) } : this with { Before = default };
    }
}
