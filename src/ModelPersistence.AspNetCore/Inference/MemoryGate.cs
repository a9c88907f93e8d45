using Microsoft.AspNetCore.Http;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>
/// Bounds the bytes that all requests in hand hold together: bodies that are gathered, tensors, outputs. A request that holds everything there is to hold is
/// never refused more, so that one alone comes through whatever it takes within its own bounds.
/// </summary>
internal sealed class MemoryGate(long maxBytes)
{
    private const int RetryAfterSeconds = 1;
    private const int MostIdleBytes = 64 << 20;

    private long _inHand;

    public BufferPool Buffers { get; } = new(Math.Min(maxBytes, MostIdleBytes));

    /// <summary>The bytes that requests hold now.</summary>
    public long InHand => Volatile.Read(ref _inHand);

    /// <summary>Adds to what a request holds; the caller gives it back with <see cref="Return"/>.</summary>
    /// <param name="held">What the request holds already.</param>
    /// <param name="bytes">What it wants in addition.</param>
    /// <exception cref="ProtocolException">The others hold too much.</exception>
    public void Take(long held, long bytes)
    {
        var inHand = InHand;
        while (inHand + bytes <= maxBytes || inHand == held)
        {
            var before = Interlocked.CompareExchange(ref _inHand, inHand + bytes, inHand);
            if (before == inHand)
            {
                return;
            }

            inHand = before;
        }

        throw new ProtocolException(StatusCodes.Status503ServiceUnavailable, "The server has no memory for this request beside those that it has in hand. Try again.", RetryAfterSeconds);
    }

    public void Return(long bytes) => Interlocked.Add(ref _inHand, -bytes);
}
