using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.ColdStart.Child;

/// <summary>The inputs of a model, numbered; number 0 is the run that ends a measured start. Equal in every process.</summary>
internal static class Workload
{
    public const string Transformer = "transformer";
    public const string Vad = "vad";
    public const int Sequence = 32;
    public const int Count = 8;

    public static (string Name, Array Data, long[] Shape)[] Inputs(string workload, int number) => workload == Vad ? Sound(number) : Tokens(number);

    /// <summary>The arrays as the runtime's values, for the side that calls the runtime itself.</summary>
    public static OrtValue[] ToValues((string Name, Array Data, long[] Shape)[] inputs)
    {
        var values = new OrtValue[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            values[i] = inputs[i].Data is float[] floats
                ? OrtValue.CreateTensorValueFromMemory(floats, inputs[i].Shape)
                : OrtValue.CreateTensorValueFromMemory((long[])inputs[i].Data, inputs[i].Shape);
        }

        return values;
    }

    public static string[] Names((string Name, Array Data, long[] Shape)[] inputs) => Array.ConvertAll(inputs, static input => input.Name);

    private static (string Name, Array Data, long[] Shape)[] Tokens(int number)
    {
        // The last inputs vary the length too; the others keep it, so that steady runs are alike.
        var length = number switch { 6 => Sequence / 2, 7 => Sequence * 2, _ => Sequence };
        var (ids, mask) = (new long[length], new long[length]);
        for (var i = 0; i < length; i++)
        {
            ids[i] = ((i * 37L) + (number * 131)) % 2000;
            mask[i] = number == 3 && i >= length / 2 ? 0 : 1;
        }

        return [("input_ids", ids, [1, length]), ("attention_mask", mask, [1, length])];
    }

    private static (string Name, Array Data, long[] Shape)[] Sound(int number)
    {
        var (tone, state) = (new float[576], new float[256]);
        for (var i = 0; i < tone.Length; i++)
        {
            tone[i] = 0.1f * MathF.Sin(i * (0.05f + (0.03f * number)));
            state[i % state.Length] = number * 0.01f * MathF.Cos(i);
        }

        return [("input", tone, [1, tone.Length]), ("state", state, [2, 1, 128]), ("sr", new long[] { 16000 }, [])];
    }
}
