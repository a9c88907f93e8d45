namespace ModelPersistence.Transfer;

/// <summary>Counts what streams bring. Whoever waits for them can tell slow from stuck.</summary>
internal class TransferMeter
{
    private long _received;
    private int _throttled;

    /// <summary>Bytes that came from sources, right or wrong.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>How often a source asked to be asked less.</summary>
    public int Throttled => Volatile.Read(ref _throttled);

    public virtual void OnReceived(int bytes) => Interlocked.Add(ref _received, bytes);

    public virtual void OnThrottled() => Interlocked.Increment(ref _throttled);

    /// <summary>A source delivered other bytes than the manifest promises.</summary>
    public virtual void OnWrongBytes(string source)
    {
    }

    /// <summary>A source failed and is about to be asked again, or still waited for until it may be.</summary>
    public virtual void OnRetry()
    {
    }
}
