using System.Text.Json;

namespace ModelPersistence.Monitoring;

/// <summary>An alert as webhooks get it. The names are part of the contract with receivers: docs/alerts.md lists them.</summary>
internal static class AlertJson
{
    public static byte[] Write(Alert alert, string host)
    {
        using MemoryStream body = new();
        using (Utf8JsonWriter json = new(body))
        {
            json.WriteStartObject();
            json.WriteString("id", alert.Id);
            json.WriteString("status", alert.ResolvedAt is null ? "raised" : "resolved");
            json.WriteString("rule", NameOf(alert.Rule));
            json.WriteString("severity", NameOf(alert.Severity));
            json.WriteString("model", alert.Model);
            json.WriteString("version", alert.Version?.ToString());
            json.WriteString("message", alert.Message);
            Number(json, "value", alert.Value);
            Number(json, "bound", alert.Bound);
            json.WriteString("since", alert.Since);
            if (alert.ResolvedAt is { } resolved)
            {
                json.WriteString("resolved_at", resolved);
            }
            else
            {
                json.WriteNull("resolved_at");
            }

            json.WriteString("host", host);
            json.WriteEndObject();
        }

        return body.ToArray();
    }

    /// <summary>The name of a rule or severity outside .NET: <c>load_failure</c>.</summary>
    public static string NameOf(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
