using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace VoiceActivityApi.Speech;

/// <summary>What <c>POST /speech</c> needs in a host.</summary>
internal static class SpeechServices
{
    /// <summary>The policy that bounds how many requests are in hand, and with them the memory of their sound.</summary>
    public const string Limit = "speech";

    public static void AddSpeech(this IServiceCollection services)
    {
        services.AddOptions<SpeechOptions>().BindConfiguration(SpeechOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddRateLimiter(static limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.OnRejected = static (rejected, _) =>
            {
                rejected.HttpContext.Response.Headers.RetryAfter = "1";
                return ValueTask.CompletedTask;
            };
        });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<SpeechOptions>>(static (limiter, speech) => limiter.AddConcurrencyLimiter(
            Limit, policy => (policy.PermitLimit, policy.QueueLimit) = (speech.Value.MaxConcurrency, speech.Value.MaxQueue)));
    }
}
