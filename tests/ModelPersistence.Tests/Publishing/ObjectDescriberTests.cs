using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Support;
using ModelPersistence.Transfer;

namespace ModelPersistence.Tests.Publishing;

[CancelAfter(60_000)]
public sealed class ObjectDescriberTests
{
    private static readonly byte[] Bytes = [1, 2, 3, 4, 5];

    [Test]
    public async Task A_stream_that_stalls_is_opened_again_where_it_ended(CancellationToken token)
    {
        StallingStore store = new(stalls: 2);
        var file = await DescribeAsync(store, token);
        Assert.That((file.Sha256, store.Opened), Is.EqualTo((Sha256Digest.Of(Bytes), 3)));
    }

    [Test]
    public void A_store_that_keeps_stalling_is_given_up_on(CancellationToken token)
    {
        Assert.That(() => DescribeAsync(new StallingStore(stalls: int.MaxValue), token), Throws.TypeOf<ModelStorageException>()
            .With.Message.Contains("StallTimeout").And.Property(nameof(ModelStorageException.IsTransient)).True);
    }

    private static async Task<ModelFile> DescribeAsync(StallingStore store, CancellationToken token)
    {
        ManualTimeProvider time = new();
        ObjectDescriber describer = new(store, "bucket", "m", new PublishBackoff(time), new TransferSettings(), time);
        var describing = describer.DescribeAsync("m/1.0.0/", "model.onnx", Bytes.Length, token);
        while (!describing.IsCompleted)
        {
            token.ThrowIfCancellationRequested();
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        return await describing;
    }

    /// <summary>A store of one object, whose first streams bring nothing.</summary>
    private sealed class StallingStore(int stalls) : IObjectStore
    {
        public bool CanList => false;

        public int Opened { get; private set; }

        public ValueTask<Stream> OpenReadAsync(string key, long offset, long length, CancellationToken cancellationToken) =>
            new(Opened++ < stalls ? new SilentStream() : new MemoryStream(Bytes, (int)offset, (int)length));

        public ValueTask<StoredObject?> ReadAsync(string key, int maxLength, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, bool recursive, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class SilentStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 0;
        }
    }
}
