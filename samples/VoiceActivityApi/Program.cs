using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using VoiceActivityApi.Repository;
using VoiceActivityApi.Speech;
using VoiceActivityApi.Telemetry;

const string Usage = """
    Serves Silero VAD over HTTP.

    usage: VoiceActivityApi [<setting>=<value>...]      serves; every setting is in appsettings.json
           VoiceActivityApi publish <folder>            publishes silero_vad_v5.onnx and silero_vad_v6.onnx of a folder as vad:1.0.0 and vad:1.1.0
           VoiceActivityApi stable <version>            points vad:stable at a version; hosts that serve it follow
    """;

if (args is ["--help" or "-h"])
{
    Console.WriteLine(Usage);
    return 0;
}

// The settings lie beside the program, wherever it is called from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
if (args is ["publish" or "stable", _])
{
    return await RepositoryCommands.RunAsync(builder.Configuration, args[0], args[1]);
}

// Before the models, so that it hears of their first load.
OpenTelemetryExport.AddTo(builder);

// Providers, models and everything else about them: section ModelManagement.
builder.Services.AddModelManagement();
builder.Services.AddHealthChecks();
builder.Services.AddSpeech();

var app = builder.Build();
app.UseRateLimiter();
app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = static _ => false });
app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = static check => check.Tags.Contains("ready") });
app.MapModelHealth();
app.MapModelStatus();
app.MapModelMetrics();
app.MapInferenceProtocol(configure: options => app.Configuration.GetSection("InferenceProtocol").Bind(options));
app.MapSpeech();
await app.RunAsync();
return 0;
