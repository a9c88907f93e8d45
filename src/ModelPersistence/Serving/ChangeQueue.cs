using System.Threading.Channels;

namespace ModelPersistence.Serving;

/// <summary>What one follower has still to read. Bounded: whoever does not read loses the oldest.</summary>
internal sealed class ChangeQueue
{
    private const int MostUnread = 1024;

    private readonly Channel<ModelChange> _changes = Channel.CreateBounded<ModelChange>(
        new BoundedChannelOptions(MostUnread) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public void Add(ModelChange change) => _changes.Writer.TryWrite(change);

    public IAsyncEnumerable<ModelChange> ReadAllAsync(CancellationToken cancellationToken) => _changes.Reader.ReadAllAsync(cancellationToken);
}
