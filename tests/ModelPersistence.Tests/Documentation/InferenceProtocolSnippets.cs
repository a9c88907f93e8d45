using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.AspNetCore.Inference;

namespace ModelPersistence.Tests.Documentation;

/// <summary>The snippets of docs/inference-protocol.md, compiled. A test compares them.</summary>
internal static class InferenceProtocolSnippets
{
    public static async Task MapAsync(string[] args)
    {
        // <map>
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Services.AddModelManagement()
            .AddSharedVolume("/mnt/models")
            .AddModel("sentiment:stable", m => m.Critical());
        var app = builder.Build();
        app.MapInferenceProtocol();    // or ("/ml") to have it at /ml/v2
        await app.RunAsync();
        // </map>
    }

    public static void Options(WebApplication app, string key)
    {
        // <options>
        app.MapInferenceProtocol("/ml", o =>
        {
            o.ApiKeys.Add(key);                                // and the one before it, while clients move
            o.Exposure = InferenceExposure.NamedModels;        // all versions of the models the host names
            o.MaxRequestBytes = 8 << 20;
            o.MaxConcurrency = 8;
        }).RequireRateLimiting("per-client");
        // </options>
    }
}
