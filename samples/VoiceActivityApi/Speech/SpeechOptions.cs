using System.ComponentModel.DataAnnotations;

namespace VoiceActivityApi.Speech;

/// <summary>What <c>POST /speech</c> does; the section <c>Speech</c>.</summary>
internal sealed class SpeechOptions
{
    public const string Section = "Speech";

    /// <summary>The model that hears.</summary>
    [Required]
    public string Model { get; set; } = "vad:stable";

    /// <summary>The largest body in bytes; ten minutes by default.</summary>
    [Range(2, 1 << 30)]
    public int MaxBytes { get; set; } = 10 * 60 * Pcm.Rate * 2;

    /// <summary>How many requests are heard at the same time.</summary>
    [Range(1, 1024)]
    public int MaxConcurrency { get; set; } = 2 * Environment.ProcessorCount;

    /// <summary>How many more may wait; those beyond get status 429.</summary>
    [Range(0, 65536)]
    public int MaxQueue { get; set; } = 64;

    /// <summary>From which probability on a window is speech.</summary>
    [Range(0.0, 1.0)]
    public float Threshold { get; set; } = 0.5f;

    /// <summary>Pauses up to so many seconds belong to the segment they interrupt.</summary>
    [Range(0.0, 60.0)]
    public double MaxPause { get; set; } = 0.2;
}
