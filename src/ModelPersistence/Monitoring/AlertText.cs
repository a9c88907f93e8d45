using System.Globalization;

namespace ModelPersistence.Monitoring;

/// <summary>Figures in messages, the same in every culture.</summary>
internal static class AlertText
{
    public static string Share(double share) => (share * 100).ToString("0.#", CultureInfo.InvariantCulture) + "%";

    public static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture) + " ms";

    public static string Length(TimeSpan time) => time.TotalMinutes >= 1
        ? time.TotalMinutes.ToString("0.#", CultureInfo.InvariantCulture) + " min"
        : time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture) + " s";
}
