using System.Text.Json;
using ModelPersistence.Monitoring;

namespace ModelPersistence.AspNetCore.Endpoints;

/// <summary>How the models were, and what is wrong with them. The names are part of the contract with readers: docs/endpoints.md lists them.</summary>
internal static class TrendJson
{
    public static void Write(Utf8JsonWriter json, ModelTrend trend)
    {
        json.WriteStartObject();
        json.WriteString("model", trend.Model);
        json.WriteString("version", trend.Version.ToString());
        json.WriteBoolean("loaded", trend.IsLoaded);
        json.WriteStartArray("minutes");
        foreach (var minute in trend.Minutes)
        {
            Write(json, minute);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>As webhooks get it.</summary>
    public static void Write(Utf8JsonWriter json, Alert alert)
    {
        json.WriteStartObject();
        json.WriteString("id", alert.Id);
        json.WriteString("rule", NameOf(alert.Rule));
        json.WriteString("severity", NameOf(alert.Severity));
        json.WriteString("model", alert.Model);
        json.WriteString("version", alert.Version?.ToString());
        json.WriteString("message", alert.Message);
        json.Number("value", alert.Value);
        json.Number("bound", alert.Bound);
        json.WriteString("since", alert.Since);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TrendMinute minute)
    {
        json.WriteStartObject();
        json.WriteString("start", minute.Start);
        json.WriteNumber("count", minute.Count);
        json.WriteNumber("errors", minute.Errors);
        json.WriteNumber("rejected", minute.Rejected);
        json.Milliseconds("avg_ms", minute.Average);
        json.Milliseconds("p50_ms", minute.P50);
        json.Milliseconds("p95_ms", minute.P95);
        json.Milliseconds("p99_ms", minute.P99);
        json.Milliseconds("max_ms", minute.Max);
        json.WriteEndObject();
    }

    private static string NameOf(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
