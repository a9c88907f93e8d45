namespace ModelPersistence.Serving;

/// <summary>How long to wait before a failed load is tried again: doubling from one second to a minute, with jitter of a quarter either way.</summary>
internal static class RetryDelays
{
    private const double FirstSeconds = 1;
    private const double LastSeconds = 60;

    public static TimeSpan After(int attempt, double random)
    {
        var seconds = Math.Min(LastSeconds, FirstSeconds * Math.Pow(2, Math.Min(attempt - 1, 10)));
        return TimeSpan.FromSeconds(seconds * (0.75 + (0.5 * random)));
    }
}
