using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.ColdStart.Child;

/// <summary>
/// The plain session's outputs for each numbered input, in one file that every measured process compares with. Equal means
/// |a − b| ≤ 1e-6 + 1e-5 · (the largest magnitude of the output).
/// </summary>
internal sealed class ExpectedOutputs(float[][][] outputs)
{
    private const float Absolute = 1e-6f;
    private const float Relative = 1e-5f;

    public static void Write(string path, IReadOnlyList<IReadOnlyList<OrtValue>> runs)
    {
        using var file = new BinaryWriter(File.Create(path));
        file.Write(runs.Count);
        foreach (var outputs in runs)
        {
            file.Write(outputs.Count);
            foreach (var output in outputs)
            {
                var values = output.GetTensorDataAsSpan<float>();
                file.Write(values.Length);
                file.Write(MemoryMarshal.AsBytes(values));
            }
        }
    }

    public static ExpectedOutputs Read(string path)
    {
        using var file = new BinaryReader(File.OpenRead(path));
        var runs = new float[file.ReadInt32()][][];
        for (var run = 0; run < runs.Length; run++)
        {
            runs[run] = new float[file.ReadInt32()][];
            for (var output = 0; output < runs[run].Length; output++)
            {
                runs[run][output] = new float[file.ReadInt32()];
                file.BaseStream.ReadExactly(MemoryMarshal.AsBytes(runs[run][output].AsSpan()));
            }
        }

        return new ExpectedOutputs(runs);
    }

    /// <summary>The largest difference, and the largest one in units of what is allowed: equal when that is at most 1.</summary>
    public (float Difference, float OfAllowed) Compare(int number, IReadOnlyList<OrtValue> actual)
    {
        var (largest, ofAllowed) = (0f, 0f);
        for (var output = 0; output < outputs[number].Length; output++)
        {
            var expected = outputs[number][output];
            var values = actual[output].GetTensorDataAsSpan<float>();
            if (values.Length != expected.Length)
            {
                return (float.PositiveInfinity, float.PositiveInfinity);
            }

            var scale = 0f;
            foreach (var value in expected)
            {
                scale = Math.Max(scale, Math.Abs(value));
            }

            for (var i = 0; i < expected.Length; i++)
            {
                var difference = Math.Abs(values[i] - expected[i]);
                difference = float.IsNaN(difference) ? float.PositiveInfinity : difference;
                largest = Math.Max(largest, difference);
                ofAllowed = Math.Max(ofAllowed, difference / (Absolute + (Relative * scale)));
            }
        }

        return (largest, ofAllowed);
    }
}
