using ModelPersistence.Serving;

namespace VoiceActivityApi.Speech;

/// <summary>
/// Feeds sound to Silero VAD window by window. The model sees 512 samples and the 64 before them, and hands its memory of the sound so far
/// (<c>stateN</c>) to the next call: all windows of a request must be heard by one version, which is what its lease is for.
/// </summary>
internal sealed class SpeechDetector(ModelLease model)
{
    public const int Window = 512;
    public const double WindowSeconds = (double)Window / Pcm.Rate;
    private const int Context = 64;

    private readonly float[] _input = new float[Context + Window];
    private readonly float[] _state = new float[2 * 1 * 128];
    private readonly long[] _rate = [Pcm.Rate];

    /// <summary>The probability of speech in each whole window.</summary>
    public float[] Detect(ReadOnlySpan<byte> samples, CancellationToken cancellationToken)
    {
        var probabilities = new float[samples.Length / 2 / Window];
        for (var i = 0; i < probabilities.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            probabilities[i] = Next(samples.Slice(i * Window * 2, Window * 2));
        }

        return probabilities;
    }

    private float Next(ReadOnlySpan<byte> window)
    {
        _input.AsSpan(Window).CopyTo(_input);
        Pcm.Read(window, _input.AsSpan(Context));
        using var outputs = model.Run(("input", _input, [1, _input.Length]), ("state", _state, [2, 1, 128]), ("sr", _rate, []));
        outputs.Values<float>("stateN").CopyTo(_state);
        return outputs.Values<float>("output")[0];
    }
}
