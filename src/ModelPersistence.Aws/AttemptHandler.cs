namespace ModelPersistence.Aws;

/// <summary>
/// Watches each attempt of the SDK, whose own time-outs do not bound its asynchronous calls. An attempt that makes no progress for too long
/// ends with a <see cref="TimeoutException"/>, which the SDK repeats like any other fault of the way.
/// </summary>
internal sealed class AttemptHandler(HttpMessageHandler inner, TimeSpan timeout, TimeProvider time) : DelegatingHandler(inner)
{
    private const long MaxBuffered = 16 << 20;

    // S3 puts the parts of a large object together while it is asked to, and says at the end whether that went well.
    private static readonly TimeSpan LongestCompletion = TimeSpan.FromMinutes(10);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var limit = CompletesUpload(request) && timeout < LongestCompletion ? LongestCompletion : timeout;
        using var tooLate = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLate.Token, cancellationToken);
        if (request.Content is { } content)
        {
            request.Content = new WatchedContent(content, () => tooLate.CancelAfter(limit));
        }

        HttpResponseMessage? response = null;
        try
        {
            response = await base.SendAsync(request, either.Token).ConfigureAwait(false);
            if (HasSmallAnswer(request, response))
            {
                // The SDK reads answers such as listings without any limit in time or size.
                await response.Content.LoadIntoBufferAsync(MaxBuffered, either.Token).ConfigureAwait(false);
            }

            return response;
        }
        catch (OperationCanceledException) when (tooLate.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            response?.Dispose();
            throw new TimeoutException($"No progress for {limit.TotalSeconds:0.###} s.");
        }
        catch
        {
            response?.Dispose();
            throw;
        }
    }

    // Only the bytes of an object may be long, and whoever reads them watches them.
    private static bool HasSmallAnswer(HttpRequestMessage request, HttpResponseMessage response) =>
        request.Method != HttpMethod.Head
        && (request.Method != HttpMethod.Get || !response.IsSuccessStatusCode || request.RequestUri?.Query.Contains("list-type=", StringComparison.Ordinal) == true);

    private static bool CompletesUpload(HttpRequestMessage request) =>
        request.Method == HttpMethod.Post && request.RequestUri?.Query.Contains("uploadId=", StringComparison.Ordinal) == true;
}
