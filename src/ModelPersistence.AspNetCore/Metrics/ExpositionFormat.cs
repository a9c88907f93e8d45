using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace ModelPersistence.AspNetCore.Metrics;

/// <summary>The forms in which metrics are written.</summary>
internal sealed class ExpositionFormat
{
    /// <summary>What every scraper reads.</summary>
    public static readonly ExpositionFormat Classic = new("text/plain; version=0.0.4; charset=utf-8");

    public static readonly ExpositionFormat OpenMetrics = new("application/openmetrics-text; version=1.0.0; charset=utf-8");

    private ExpositionFormat(string contentType) => ContentType = contentType;

    public string ContentType { get; }

    /// <summary>OpenMetrics where the client asks for it by name and likes nothing better that is there.</summary>
    public static ExpositionFormat For(HttpRequest request)
    {
        double openMetrics = 0;
        double classic = 0;
        foreach (var accepted in request.GetTypedHeaders().Accept)
        {
            var version = accepted.Parameters.FirstOrDefault(static parameter => parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase))?.GetUnescapedValue();
            var quality = accepted.Quality ?? 1;
            if (accepted.MediaType.Equals("application/openmetrics-text", StringComparison.OrdinalIgnoreCase))
            {
                openMetrics = version is not { HasValue: true } || version.Value == "1.0.0" ? Math.Max(openMetrics, quality) : openMetrics;
            }
            else if (IsClassic(accepted))
            {
                classic = version is not { HasValue: true } || version.Value == "0.0.4" ? Math.Max(classic, quality) : classic;
            }
        }

        return openMetrics > 0 && openMetrics >= classic ? OpenMetrics : Classic;
    }

    private static bool IsClassic(MediaTypeHeaderValue accepted) =>
        accepted.MatchesAllTypes || (accepted.Type.Equals("text", StringComparison.OrdinalIgnoreCase) && (accepted.MatchesAllSubTypes || accepted.SubType.Equals("plain", StringComparison.OrdinalIgnoreCase)));
}
