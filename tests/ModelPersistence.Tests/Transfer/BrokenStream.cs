namespace ModelPersistence.Tests.Transfer;

/// <summary>Gives some bytes and then what a test says: an error, or nothing at all until the reader gives up.</summary>
internal sealed class BrokenStream(byte[] bytes, Exception? then = null, Action? onStanding = null) : MemoryStream(bytes)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await base.ReadAsync(buffer, cancellationToken);
        if (read > 0)
        {
            return read;
        }

        if (then is not null)
        {
            throw then;
        }

        TaskCompletionSource<int> never = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var ended = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
        onStanding?.Invoke();
        return await never.Task;
    }
}
