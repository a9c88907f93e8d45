using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Tests.Testing;

/// <summary>Runs a model once in the real runtime, with its defaults.</summary>
internal static class Runs
{
    public static T[] Once<T>(InferenceSession session, params (string Name, OrtValue Value)[] inputs)
        where T : unmanaged
    {
        using var options = new RunOptions();
        using var outputs = session.Run(
            options,
            [.. inputs.Select(i => i.Name)],
            [.. inputs.Select(i => i.Value)],
            [session.OutputNames[0]]
        );
        Array.ForEach(inputs, input => input.Value.Dispose());
        return outputs[0].GetTensorDataAsSpan<T>().ToArray();
    }

    public static OrtValue Tensor<T>(T[] values, params long[] shape)
        where T : unmanaged => OrtValue.CreateTensorValueFromMemory(values, shape.Length == 0 ? [values.Length] : shape);

    public static float[] Transformer(InferenceSession session, long[] tokens, long batch) =>
        Once<float>(
            session,
            ("input_ids", Tensor(tokens, batch, tokens.Length / batch)),
            ("attention_mask", Tensor(Enumerable.Repeat(1L, tokens.Length).ToArray(), batch, tokens.Length / batch))
        );
}
