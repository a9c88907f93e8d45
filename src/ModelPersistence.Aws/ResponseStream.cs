using Amazon.S3.Model;
using ModelPersistence.Repositories;

namespace ModelPersistence.Aws;

/// <summary>The first bytes of an answer's body. Disposing it disposes the answer.</summary>
internal sealed class ResponseStream(GetObjectResponse response, long length) : ForwardStream
{
    private readonly Stream _inner = response.ResponseStream;
    private long _left = length;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Took(await _inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken).ConfigureAwait(false));

    public override int Read(Span<byte> buffer) => Took(_inner.Read(buffer[..(int)Math.Min(buffer.Length, _left)]));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            response.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Took(int read)
    {
        _left -= read;
        return read;
    }
}
