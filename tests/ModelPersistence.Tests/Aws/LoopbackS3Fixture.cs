using ModelPersistence.Repositories;

namespace ModelPersistence.Tests.Aws;

/// <summary>A server that answers as a test wants, with one object.</summary>
internal abstract class LoopbackS3Fixture
{
    protected static byte[] Content { get; } = [.. Enumerable.Range(0, 1000).Select(static i => (byte)i)];

    protected LoopbackS3 S3 { get; private set; } = null!;

    [SetUp]
    public async Task StartAsync()
    {
        S3 = await LoopbackS3.StartAsync();
        S3.Put("a.bin", Content);
    }

    [TearDown]
    public async Task StopAsync() => await S3.DisposeAsync();

    protected static async Task<byte[]> ReadAsync(IObjectStore store, long offset, long length, CancellationToken cancellationToken)
    {
        await using var stream = await store.OpenReadAsync("a.bin", offset, length, cancellationToken);
        using MemoryStream copy = new();
        await stream.CopyToAsync(copy, cancellationToken);
        return copy.ToArray();
    }
}
