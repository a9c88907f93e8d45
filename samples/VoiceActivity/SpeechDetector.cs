using ModelPersistence.Serving;

namespace VoiceActivity;

/// <summary>
/// Feeds a recording to Silero VAD window by window. The model sees 512 samples and the 64 before them, and hands its memory of the
/// sound so far (<c>stateN</c>) to the next call.
/// </summary>
internal sealed class SpeechDetector(ModelLease model)
{
    public const int Window = 512;
    public const double WindowSeconds = (double)Window / Recording.Rate;
    private const int Context = 64;

    private readonly float[] _input = new float[Context + Window];
    private readonly float[] _state = new float[2 * 1 * 128];
    private readonly long[] _rate = [Recording.Rate];

    /// <summary>The probability of speech in each window of the recording.</summary>
    public static float[] Detect(ModelLease model, Recording recording)
    {
        var detector = new SpeechDetector(model);
        var probabilities = new float[recording.Samples.Length / Window];
        for (var i = 0; i < probabilities.Length; i++)
        {
            probabilities[i] = detector.Next(recording.Samples.AsSpan(i * Window, Window));
        }

        return probabilities;
    }

    /// <summary>In how many windows model and truth say the same; a window belongs to speech when its middle does.</summary>
    public static int CountAgreeing(ReadOnlySpan<float> probabilities, Recording recording)
    {
        var agreeing = 0;
        for (var i = 0; i < probabilities.Length; i++)
        {
            agreeing += probabilities[i] >= 0.5f == recording.IsSpeechAt((i + 0.5) * WindowSeconds) ? 1 : 0;
        }

        return agreeing;
    }

    private float Next(ReadOnlySpan<float> window)
    {
        _input.AsSpan(Window).CopyTo(_input);
        window.CopyTo(_input.AsSpan(Context));
        using var outputs = model.Run(("input", _input, [1, _input.Length]), ("state", _state, [2, 1, 128]), ("sr", _rate, []));
        outputs.Values<float>("stateN").CopyTo(_state);
        return outputs.Values<float>("output")[0];
    }
}
