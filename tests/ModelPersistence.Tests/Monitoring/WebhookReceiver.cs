using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using ModelPersistence.Configuration;
using ModelPersistence.Tests.Support.Web;

namespace ModelPersistence.Tests.Monitoring;

/// <summary>A real server that takes posts, with the answers a test has prepared; 204 when they are used up.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    public const string Secret = "a secret of the tests";

    private readonly Channel<Post> _posts = Channel.CreateUnbounded<Post>();
    private LoopbackServer _server = null!;

    public ConcurrentQueue<Func<HttpContext, Task>> Answers { get; } = new();

    public WebhookOptions Options { get; } = new() { Secret = Secret };

    public static async Task<WebhookReceiver> StartAsync()
    {
        WebhookReceiver receiver = new();
        receiver._server = await LoopbackServer.StartAsync(receiver.AnswerAsync);
        receiver.Options.Url = new Uri(receiver._server.Address, "hooks/T0K3N");
        return receiver;
    }

    public void Answer(int status, string? retryAfter = null) => Answers.Enqueue(context =>
    {
        context.Response.StatusCode = status;
        if (status is >= 300 and < 400)
        {
            context.Response.Headers.Location = "/elsewhere";
        }

        if (retryAfter is not null)
        {
            context.Response.Headers.RetryAfter = retryAfter;
        }

        return Task.CompletedTask;
    });

    public ValueTask<Post> NextAsync(CancellationToken token) => _posts.Reader.ReadAsync(token);

    public bool TryNext(out Post? post) => _posts.Reader.TryRead(out post);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        _posts.Writer.TryWrite(new Post(context.Request.Method, context.Request.Path, context.Request.ContentType, context.Request.Headers["ModelPersistence-Signature"].ToString(), body.ToArray()));
        if (Answers.TryDequeue(out var answer))
        {
            await answer(context);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }

    internal sealed record Post(string Method, string Path, string? ContentType, string Signature, byte[] Body);
}
