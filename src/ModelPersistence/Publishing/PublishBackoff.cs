namespace ModelPersistence.Publishing;

/// <summary>How long a writer waits before it tries again: up to a bound that doubles from 20 ms to a second, drawn evenly, so that writers who met do not meet again.</summary>
internal sealed class PublishBackoff(TimeProvider time)
{
    private const double FirstMilliseconds = 20;
    private const double LastMilliseconds = 1000;

    public TimeProvider Time => time;

    public Task WaitAsync(int attempt, CancellationToken cancellationToken)
    {
        var bound = Math.Min(LastMilliseconds, FirstMilliseconds * Math.Pow(2, Math.Min(attempt - 1, 10)));
        return Task.Delay(TimeSpan.FromMilliseconds(1 + (bound * Random.Shared.NextDouble())), time, cancellationToken);
    }
}
