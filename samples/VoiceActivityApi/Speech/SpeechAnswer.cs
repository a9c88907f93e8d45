namespace VoiceActivityApi.Speech;

/// <summary>What was heard.</summary>
/// <param name="Model">The model that heard it.</param>
/// <param name="Version">Its version.</param>
/// <param name="Seconds">How long the sound is.</param>
/// <param name="WindowSeconds">How long a window is.</param>
/// <param name="Segments">When somebody speaks.</param>
/// <param name="Probabilities">The probability of speech in each window.</param>
internal sealed record SpeechAnswer(string Model, string Version, double Seconds, double WindowSeconds, IReadOnlyList<SpeechSegment> Segments, IReadOnlyList<float> Probabilities);

/// <summary>A stretch of speech, in seconds from the beginning.</summary>
internal sealed record SpeechSegment(double Start, double End)
{
    /// <summary>The stretches of windows that are speech, joined over short pauses.</summary>
    public static IReadOnlyList<SpeechSegment> Find(ReadOnlySpan<float> probabilities, float threshold, double maxPause)
    {
        List<SpeechSegment> segments = [];
        for (var i = 0; i < probabilities.Length; i++)
        {
            if (probabilities[i] < threshold)
            {
                continue;
            }

            var start = Math.Round(i * SpeechDetector.WindowSeconds, 3);
            var end = Math.Round((i + 1) * SpeechDetector.WindowSeconds, 3);
            if (segments.Count > 0 && start - segments[^1].End <= maxPause)
            {
                segments[^1] = segments[^1] with { End = end };
            }
            else
            {
                segments.Add(new SpeechSegment(start, end));
            }
        }

        return segments;
    }
}
