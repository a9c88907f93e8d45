using Microsoft.AspNetCore.Http;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>
/// Bounds how many requests are in hand, and with them the memory of their bodies and tensors, and how many of those run a model. A
/// client that sends slowly takes a place in hand, but no place among those that run.
/// </summary>
internal sealed class RequestGate(int maxConcurrency, int maxQueue) : IDisposable
{
    private const int RetryAfterSeconds = 1;

    private readonly SemaphoreSlim _running = new(maxConcurrency);
    private readonly long _maxInHand = (long)maxConcurrency + maxQueue;
    private long _inHand;

    /// <summary>Takes a request in hand; the caller ends it with <see cref="Leave"/>.</summary>
    /// <exception cref="ProtocolException">There are too many.</exception>
    public void Enter()
    {
        if (Interlocked.Increment(ref _inHand) > _maxInHand)
        {
            Leave();
            throw new ProtocolException(StatusCodes.Status429TooManyRequests, "The server has all the requests in hand that it takes at a time. Try again.", RetryAfterSeconds);
        }
    }

    public void Leave() => Interlocked.Decrement(ref _inHand);

    /// <summary>Completes when the request may run its model; the caller ends the run with <see cref="EndRun"/>.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask BeginRunAsync(HttpContext context) =>
        _running.Wait(0, CancellationToken.None) ? ValueTask.CompletedTask : new ValueTask(_running.WaitAsync(context.RequestAborted));

    public void EndRun() => _running.Release();

    public void Dispose() => _running.Dispose();
}
