using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using ModelPersistence.Models;
using ModelPersistence.Serving;

namespace VoiceActivityApi.Speech;

/// <summary><c>POST /speech</c>: when somebody speaks in the sound that is sent.</summary>
internal static class SpeechEndpoint
{
    public static void MapSpeech(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<SpeechOptions>>().Value;
        app.MapPost("/speech", (HttpRequest request, IModelProvider models, CancellationToken token) => AnswerAsync(request, models, options, token))
            .WithMetadata(new RequestSizeLimitAttribute(options.MaxBytes))
            .RequireRateLimiting(SpeechServices.Limit);
    }

    private static async Task<Results<Ok<SpeechAnswer>, ProblemHttpResult>> AnswerAsync(
        HttpRequest request, IModelProvider models, SpeechOptions options, CancellationToken cancellationToken)
    {
        // Read whole before the lease is taken, so that a slow client holds no version.
        using MemoryStream body = new();
        await request.Body.CopyToAsync(body, cancellationToken);
        if (Pcm.Find(body.GetBuffer().AsMemory(0, (int)body.Length), out var samples) is { } fault)
        {
            return TypedResults.Problem(fault, statusCode: StatusCodes.Status400BadRequest);
        }

        try
        {
            using var model = await models.GetAsync(options.Model, cancellationToken);
            var probabilities = new SpeechDetector(model).Detect(samples.Span, cancellationToken);
            return TypedResults.Ok(new SpeechAnswer(
                options.Model,
                model.Version.ToString(),
                Math.Round(samples.Length / 2.0 / Pcm.Rate, 3),
                SpeechDetector.WindowSeconds,
                SpeechSegment.Find(probabilities, options.Threshold, options.MaxPause),
                probabilities));
        }
        catch (ModelPersistenceException)
        {
            // Why, with paths and hosts, is in the log and on /models, which are for operators.
            request.HttpContext.Response.Headers.RetryAfter = "5";
            return TypedResults.Problem("The model does not serve at the moment.", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
