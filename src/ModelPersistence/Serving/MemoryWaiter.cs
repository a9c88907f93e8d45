namespace ModelPersistence.Serving;

/// <summary>A load that waits for room. Its place in the queue is the budget's; whoever takes it from there completes it.</summary>
internal sealed class MemoryWaiter(string holder, long bytes) : TaskCompletionSource<MemoryClaim>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public string Holder => holder;

    public long Bytes => bytes;

    /// <summary>Whether it has waited as long as it may for models in use. What is being freed already it goes on waiting for.</summary>
    public bool IsOverdue { get; set; }
}
