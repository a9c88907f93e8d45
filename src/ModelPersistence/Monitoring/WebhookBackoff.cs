using ModelPersistence.Serving;

namespace ModelPersistence.Monitoring;

/// <summary>How long to wait before a post is tried again.</summary>
internal static class WebhookBackoff
{
    // A receiver that wants to be left alone for longer has lost its alert to the queue by then.
    private static readonly TimeSpan LongestWish = TimeSpan.FromMinutes(5);

    /// <param name="attempt">The attempts so far, from 1.</param>
    /// <param name="wish">What the receiver asked for, if it did.</param>
    /// <param name="random">From 0 to 1.</param>
    public static TimeSpan After(int attempt, TimeSpan? wish, double random)
    {
        var delay = RetryDelays.After(attempt, random);

        // Jitter is added to what the receiver asked for, since it told everybody the same.
        return wish is { } asked && asked > TimeSpan.Zero ? (asked < LongestWish ? asked : LongestWish) + delay : delay;
    }
}
