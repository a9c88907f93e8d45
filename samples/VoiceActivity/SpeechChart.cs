using System.Text;

namespace VoiceActivity;

/// <summary>Draws the probability of speech over time, with the truth beneath it.</summary>
internal static class SpeechChart
{
    private const int WindowsPerColumn = 5;
    private const int Rows = 4;
    private const string Eighths = " ▁▂▃▄▅▆▇█";

    public static void Print(float[] probabilities, Recording recording)
    {
        var columns = probabilities.Chunk(WindowsPerColumn).Select(static windows => windows.Average()).ToArray();
        for (var row = Rows - 1; row >= 0; row--)
        {
            var label = row == Rows - 1 ? "1.0 ┤" : row == (Rows / 2) - 1 ? "0.5 ┤" : "    │";
            Console.WriteLine($"   {label}{string.Concat(columns.Select(value => Eighths[Level(value, row)]))}");
        }

        Console.WriteLine($"   0.0 ┼{Ruler(columns.Length)}");
        Console.WriteLine($" truth  {string.Concat(columns.Select((_, i) => recording.IsSpeechAt(Middle(i)) ? '━' : ' '))}".TrimEnd());
    }

    /// <summary>The first and last moment of each stretch of speech; pauses shorter than 0.2 s belong to it.</summary>
    public static IEnumerable<(double Start, double End)> Stretches(float[] probabilities)
    {
        var heard = Enumerable.Range(0, probabilities.Length).Where(i => probabilities[i] >= 0.5f).Select(static i => i * SpeechDetector.WindowSeconds).ToList();
        for (var i = 0; i < heard.Count;)
        {
            var start = heard[i];
            while (i + 1 < heard.Count && heard[i + 1] - heard[i] < 0.2 + SpeechDetector.WindowSeconds)
            {
                i++;
            }

            yield return (start, heard[i++] + SpeechDetector.WindowSeconds);
        }
    }

    private static int Level(float value, int row) => Math.Clamp((int)Math.Round(((value * Rows) - row) * 8), 0, 8);

    private static double Middle(int column) => (column + 0.5) * WindowsPerColumn * SpeechDetector.WindowSeconds;

    private static string Ruler(int columns)
    {
        var ruler = new StringBuilder(new string('─', columns));
        for (var second = 1; second < columns * WindowsPerColumn * SpeechDetector.WindowSeconds; second++)
        {
            ruler[(int)(second / (WindowsPerColumn * SpeechDetector.WindowSeconds))] = (char)('0' + (second % 10));
        }

        return $"{ruler} s";
    }
}
