using Microsoft.ML.OnnxRuntime;

namespace VoiceActivity;

/// <summary>The inputs of the run that ends a measured start. Equal in every process.</summary>
internal static class TrialInputs
{
    public const int Sequence = 32;

    public static (string Name, Array Data, long[] Shape)[] For(string workload) => workload == "vad" ? Sound() : Tokens();

    /// <summary>The arrays as the runtime's values, for those who call it themselves.</summary>
    public static OrtValue[] ToValues((string Name, Array Data, long[] Shape)[] inputs) =>
        [.. inputs.Select(static input => input.Data is float[] floats ? OrtValue.CreateTensorValueFromMemory(floats, input.Shape) : OrtValue.CreateTensorValueFromMemory((long[])input.Data, input.Shape))];

    private static (string Name, Array Data, long[] Shape)[] Sound()
    {
        var tone = new float[576];
        for (var i = 0; i < tone.Length; i++)
        {
            tone[i] = 0.1f * MathF.Sin(i * 0.1f);
        }

        return [("input", tone, [1, tone.Length]), ("state", new float[256], [2, 1, 128]), ("sr", new long[] { Recording.Rate }, [])];
    }

    private static (string Name, Array Data, long[] Shape)[] Tokens()
    {
        var (ids, mask) = (new long[Sequence], new long[Sequence]);
        for (var i = 0; i < Sequence; i++)
        {
            (ids[i], mask[i]) = (i * 37L % 2000, 1);
        }

        return [("input_ids", ids, [1, Sequence]), ("attention_mask", mask, [1, Sequence])];
    }
}
