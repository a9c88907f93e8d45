using ModelPersistence.Models;

namespace ModelPersistence.Transfer;

/// <summary>How long to wait before a source is asked again: exponential with full jitter, so that hosts which failed together do not come back together.</summary>
internal static class Backoff
{
    // A server that wants to be left alone for longer is better reported than waited for.
    private static readonly TimeSpan LongestWish = TimeSpan.FromSeconds(30);

    /// <param name="attempt">The attempts so far, from 1.</param>
    /// <param name="fault">Why the last one failed.</param>
    /// <param name="settings">The bounds.</param>
    /// <param name="random">From 0 to 1.</param>
    public static TimeSpan Delay(int attempt, ModelPersistenceException fault, TransferSettings settings, double random)
    {
        var most = settings.FirstBackoff * Math.Pow(2, Math.Min(attempt - 1, 20));
        var delay = (most < settings.LongestBackoff ? most : settings.LongestBackoff) * random;
        if (fault is not ModelStorageException { RetryAfter: { } wish })
        {
            return delay;
        }

        // Jitter is added to what the server asked for, since it told everybody the same.
        return (wish < LongestWish ? wish : LongestWish) + delay;
    }
}
