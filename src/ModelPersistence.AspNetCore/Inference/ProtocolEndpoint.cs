using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>What all endpoints share: methods and keys are checked, and whatever goes wrong is answered in the protocol's shape.</summary>
internal sealed class ProtocolEndpoint(ApiKeyCheck keys, ILogger logger)
{
    private const int RequestTimeout = StatusCodes.Status408RequestTimeout;

    public RequestDelegate Get(Func<HttpContext, Task> handler, bool isOpen = false) => context =>
        AnswerAsync(context, handler, HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) ? null : "GET, HEAD", isOpen);

    public RequestDelegate Post(Func<HttpContext, Task> handler) => context =>
        AnswerAsync(context, handler, HttpMethods.IsPost(context.Request.Method) ? null : "POST", isOpen: false);

    public RequestDelegate Any(Func<HttpContext, Task> handler) => context => AnswerAsync(context, handler, null, isOpen: false);

    private async Task AnswerAsync(HttpContext context, Func<HttpContext, Task> handler, string? allowed, bool isOpen)
    {
        try
        {
            if (allowed is not null)
            {
                context.Response.Headers.Allow = allowed;
                throw new ProtocolException(StatusCodes.Status405MethodNotAllowed, $"This endpoint takes {allowed} only.");
            }

            if (!isOpen)
            {
                keys.Require(context);
            }

            await handler(context).ConfigureAwait(false);
        }
        catch (ProtocolException e)
        {
            await ErrorResponse.WriteAsync(context, e.Status, e.Message, e.RetryAfterSeconds).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            // The server itself found the framing, the size or the speed of the body wrong.
            var message = e.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => "The body is larger than this server takes.",
                RequestTimeout => "The body came too slowly.",
                _ => "The body does not follow its framing: it ended early, or a chunk is malformed.",
            };
            await ErrorResponse.WriteAsync(context, e.StatusCode, message).ConfigureAwait(false);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            AspNetCoreLog.Unexpected(logger, e, context.Request.Method, context.Request.Path);
            await ErrorResponse.WriteAsync(context, StatusCodes.Status500InternalServerError, "The server failed; its log says why.").ConfigureAwait(false);
        }
    }
}
