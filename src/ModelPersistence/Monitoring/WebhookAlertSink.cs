using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using ModelPersistence.Configuration;

namespace ModelPersistence.Monitoring;

/// <summary>Posts alerts as signed JSON, each until it is taken, refused, or has been tried often enough. The answer's body is not read.</summary>
internal sealed class WebhookAlertSink : IAlertSink, IDisposable
{
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        // What is signed for one receiver is not handed on to another.
        AllowAutoRedirect = false,
        UseCookies = false,
        MaxConnectionsPerServer = 1,
        PooledConnectionLifetime = ConnectionLifetime,
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    private readonly WebhookOptions _options;
    private readonly Uri _url;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;

    public WebhookAlertSink(WebhookOptions options, TimeProvider clock, ILogger logger)
    {
        (_options, _clock, _logger) = (options, clock, logger);
        _url = options.Url ?? throw new ArgumentException("There is no address.", nameof(options));
    }

    /// <exception cref="HttpRequestException">It could not be delivered. The message names neither the path nor the secret.</exception>
    public async Task SendAsync(Alert alert, CancellationToken cancellationToken)
    {
        var body = AlertJson.Write(alert, Environment.MachineName);
        for (var attempt = 1; ; attempt++)
        {
            var answer = await PostAsync(body, cancellationToken).ConfigureAwait(false);
            if (answer.Fault is null)
            {
                return;
            }

            if (!answer.IsTransient || attempt >= _options.MaxAttempts)
            {
                throw new HttpRequestException(
                    $"The webhook at {_url.Host} was given up after {attempt} {(attempt == 1 ? "attempt" : "attempts")}: {answer.Fault}. "
                    + $"See {ModelManagementOptions.SectionName}:Alerts:Webhook and the receiver's own log.");
            }

            var delay = WebhookBackoff.After(attempt, answer.Wish, Random.Shared.NextDouble());
            MonitoringLog.WebhookRetried(_logger, _url.Host, answer.Fault, attempt, delay.TotalSeconds);
            await Task.Delay(delay, _clock, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<Answer> PostAsync(byte[] body, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(_options.Timeout, _clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = Sign(body);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? new Answer(null, false, null)
                : new Answer($"it answered {(int)response.StatusCode}", IsWorthARetry(response.StatusCode), WishOf(response.Headers.RetryAfter));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Answer($"it did not answer within Timeout ({_options.Timeout})", true, null);
        }
        catch (HttpRequestException e)
        {
            // The kind of error alone: the text of some names the address.
            return new Answer($"it could not be reached ({e.HttpRequestError})", true, null);
        }
    }

    private HttpRequestMessage Sign(byte[] body)
    {
        // Signed anew for each attempt: receivers refuse what is old.
        ByteArrayContent content = new(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        HttpRequestMessage request = new(HttpMethod.Post, _url) { Content = content };
        request.Headers.Add(WebhookSignature.Header, WebhookSignature.Create(_options.Secret ?? "", _clock.GetUtcNow(), body));
        return request;
    }

    private TimeSpan? WishOf(RetryConditionHeaderValue? retryAfter) => retryAfter?.Delta ?? (retryAfter?.Date is { } date ? date - _clock.GetUtcNow() : null);

    private static bool IsWorthARetry(HttpStatusCode status) => (int)status >= 500 || status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests;

    private sealed record Answer(string? Fault, bool IsTransient, TimeSpan? Wish);
}
