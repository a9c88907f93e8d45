using System.Net;
using System.Text;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>A body whose sender begins, and then lets the server wait.</summary>
internal sealed class SlowContent : HttpContent
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _rest = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SlowContent() => Headers.ContentType = new("application/json");

    public Task Begun => _begun.Task;

    public void Finish(string rest) => _rest.TrySetResult(rest);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync(" "u8.ToArray());
        await stream.FlushAsync();
        _begun.TrySetResult();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(await _rest.Task));
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
