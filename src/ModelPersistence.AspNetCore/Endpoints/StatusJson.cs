using System.Text.Json;
using ModelPersistence.Serving;
using ModelPersistence.Sessions;
using ModelPersistence.Startup;

namespace ModelPersistence.AspNetCore.Endpoints;

/// <summary>How the models are now. The names are part of the contract with readers: docs/endpoints.md lists them.</summary>
internal static class StatusJson
{
    public static void Write(Utf8JsonWriter json, IModelStatus status)
    {
        json.WriteString("phase", status.Phase.ToString());
        json.WriteBoolean("degraded", status.IsDegraded);
        json.Texts("degraded_reasons", status.DegradedReasons);
        json.WriteStartArray("models");
        foreach (var model in status.Models)
        {
            Write(json, model);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ModelStatusEntry model)
    {
        json.WriteStartObject();
        json.WriteString("reference", model.Reference);
        json.WriteString("state", model.State.ToString());
        json.WriteBoolean("critical", model.Critical);
        json.WriteBoolean("has_served", model.HasServed);
        json.WriteBoolean("settled", model.Settled);
        json.WriteString("version", model.Version?.ToString());
        json.WriteString("digest", model.Digest?.ToString());
        json.WriteString("tier", model.Tier?.ToString());
        json.Texts("degradations", model.Degradations);
        json.WriteString("failure", model.Failure?.Message);
        json.WriteStartArray("versions");
        foreach (var version in model.Versions)
        {
            Write(json, version);
        }

        json.WriteEndArray();
        Write(json, model.Timeline);
        Write(json, model.Warmup);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ServedVersion version)
    {
        json.WriteStartObject();
        json.WriteString("version", version.Version.ToString());
        json.WriteNumber("weight", version.Weight);
        json.WriteString("digest", version.Digest?.ToString());
        json.WriteString("state", version.State.ToString());
        json.WriteString("tier", version.Tier?.ToString());
        json.WriteString("execution_provider", version.ExecutionProvider);
        json.Texts("fallback_reasons", version.FallbackReasons);
        json.WriteNumber("private_bytes", version.PrivateBytes);
        json.WriteNumber("mapped_bytes", version.MappedBytes);
        json.WriteStartObject("statistics");
        json.WriteNumber("count", version.Statistics.Count);
        json.WriteNumber("errors", version.Statistics.Errors);
        json.WriteNumber("rejected", version.Statistics.Rejected);
        json.Milliseconds("avg_ms", version.Statistics.Average);
        json.Milliseconds("p50_ms", version.Statistics.P50);
        json.Milliseconds("p95_ms", version.Statistics.P95);
        json.Milliseconds("p99_ms", version.Statistics.P99);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LoadTimeline? timeline)
    {
        if (timeline is null)
        {
            json.WriteNull("timeline");
            return;
        }

        json.WriteStartObject("timeline");
        json.Milliseconds("ready_ms", timeline.TimeToReady);
        json.WriteStartArray("steps");
        foreach (var step in timeline.Steps)
        {
            json.WriteStartObject();
            json.WriteString("phase", step.Phase.ToString());
            json.Milliseconds("duration_ms", step.Duration);
            json.WriteBoolean("behind_start", step.BehindStart);
            json.WriteString("detail", step.Detail);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, WarmupStatistics? warmup)
    {
        if (warmup is null)
        {
            json.WriteNull("warmup");
            return;
        }

        json.WriteStartObject("warmup");
        json.WriteNumber("iterations", warmup.Iterations);
        json.Milliseconds("first_ms", warmup.First);
        json.Milliseconds("avg_ms", warmup.Average);
        json.Milliseconds("p50_ms", warmup.P50);
        json.Milliseconds("p95_ms", warmup.P95);
        json.Milliseconds("p99_ms", warmup.P99);
        json.WriteEndObject();
    }
}
