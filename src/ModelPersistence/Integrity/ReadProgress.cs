namespace ModelPersistence.Integrity;

/// <summary>How far work on files has come; whoever waits for it can tell slow from stuck.</summary>
internal sealed class ReadProgress
{
    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
}
