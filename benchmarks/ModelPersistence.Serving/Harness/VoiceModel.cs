using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Models;

namespace ModelPersistence.Serving.Harness;

/// <summary>Silero's voice activity models: a few inputs that are equal everywhere, and what plain sessions answer to them.</summary>
internal static class VoiceModel
{
    public const int Inputs = 8;

    /// <summary>What the models leave open.</summary>
    public static WarmupHints Hints { get; } = new()
    {
        Inputs = new Dictionary<string, InputHint>
        {
            ["input"] = new() { Shape = [1, 576] },
            ["state"] = new() { Shape = [2, 1, 128] },
            ["sr"] = new() { Shape = [], Values = [16000] },
        },
    };

    public static (string Name, Array Data, long[] Shape)[] Input(int number)
    {
        var (sound, state) = (new float[576], new float[256]);
        for (var i = 0; i < sound.Length; i++)
        {
            sound[i] = 0.2f * MathF.Sin(i * (0.05f + (0.03f * number)));
            state[i % state.Length] = number * 0.01f * MathF.Cos(i);
        }

        return [("input", sound, [1, sound.Length]), ("state", state, [2, 1, 128]), ("sr", new long[] { 16000 }, [])];
    }

    /// <summary>The elements of all outputs, one after the other, for each input.</summary>
    public static float[][] Answers(string path)
    {
        using var session = new InferenceSession(path);
        return [.. Enumerable.Range(0, Inputs).Select(number => Answer(session, number))];
    }

    /// <summary>An input with the outputs that a model gives to it.</summary>
    public static GoldenSample Sample(string path, int number)
    {
        using var session = new InferenceSession(path);
        var input = Input(number);
        using var outputs = Run(session, input);
        return new GoldenSample
        {
            Inputs = input.ToDictionary(static one => one.Name, static one => Tensor(one.Data, one.Shape), StringComparer.Ordinal),
            Outputs = session.OutputNames.Zip(outputs).ToDictionary(
                static pair => pair.First, static pair => Tensor(pair.Second.GetTensorDataAsSpan<float>().ToArray(), pair.Second.GetTensorTypeAndShape().Shape), StringComparer.Ordinal),
        };
    }

    public static IDisposableReadOnlyCollection<OrtValue> Run(InferenceSession session, (string Name, Array Data, long[] Shape)[] input)
    {
        using var options = new RunOptions();
        return session.Run(options, Array.ConvertAll(input, static one => one.Name), Values(input), session.OutputNames);
    }

    public static OrtValue[] Values((string Name, Array Data, long[] Shape)[] input) => Array.ConvertAll(input, static one => one.Data is float[] floats
        ? OrtValue.CreateTensorValueFromMemory(floats, one.Shape)
        : OrtValue.CreateTensorValueFromMemory((long[])one.Data, one.Shape));

    private static float[] Answer(InferenceSession session, int number)
    {
        using var outputs = Run(session, Input(number));
        return [.. outputs.SelectMany(static output => output.GetTensorDataAsSpan<float>().ToArray())];
    }

    private static TensorValue Tensor(Array data, long[] shape) => data is float[] floats
        ? new TensorValue { ElementType = "float", Shape = shape, Data = MemoryMarshal.AsBytes(floats.AsSpan()).ToArray() }
        : new TensorValue { ElementType = "int64", Shape = shape, Data = MemoryMarshal.AsBytes(((long[])data).AsSpan()).ToArray() };
}
