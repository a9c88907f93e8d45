using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Models;

namespace ModelPersistence.Runtime;

/// <summary>Runs a session for warm-up and comparison. The outputs are copied, so they outlive the session.</summary>
internal static class ModelRun
{
    /// <exception cref="ModelLoadException">The runtime refused; the message says which hints to give.</exception>
    public static IReadOnlyDictionary<string, TensorValue> Run(string model, InferenceSession session, ModelInputs inputs, LoadPhase phase = LoadPhase.WarmUp)
    {
        using var outputs = Outputs(model, session, inputs, phase);
        Dictionary<string, TensorValue> copies = new(StringComparer.Ordinal);
        for (var i = 0; i < outputs.Count; i++)
        {
            Copy(session.OutputNames[i], outputs[i], copies);
        }

        return copies;
    }

    /// <exception cref="ModelLoadException">The runtime refused; the message says which hints to give.</exception>
    public static void RunOnly(string model, InferenceSession session, ModelInputs inputs, LoadPhase phase = LoadPhase.WarmUp) =>
        Outputs(model, session, inputs, phase).Dispose();

    private static IDisposableReadOnlyCollection<OrtValue> Outputs(string model, InferenceSession session, ModelInputs inputs, LoadPhase phase)
    {
        try
        {
            using var options = new RunOptions();
            return session.Run(options, inputs.Names, inputs.Values, session.OutputNames);
        }
        catch (OnnxRuntimeException e)
        {
            throw WarmupAdvice.Explain(model, phase, session, e);
        }
    }

    private static void Copy(string name, OrtValue value, Dictionary<string, TensorValue> copies)
    {
        if (value.IsTensor)
        {
            copies[name] = GoldenInputs.Read(value);
            return;
        }

        if (value.OnnxType is not (OnnxValueType.ONNX_TYPE_SEQUENCE or OnnxValueType.ONNX_TYPE_MAP))
        {
            // Sparse tensors and opaque values cannot be read; that there is one is all that can be compared.
            copies[name] = new TensorValue { ElementType = value.OnnxType.ToString(), Shape = [] };
            return;
        }

        var count = value.GetValueCount();
        copies[name] = new TensorValue { ElementType = value.OnnxType.ToString(), Shape = [count] };
        for (var i = 0; i < count; i++)
        {
            using var part = value.GetValue(i, OrtAllocator.DefaultInstance);
            Copy(string.Create(CultureInfo.InvariantCulture, $"{name}[{i}]"), part, copies);
        }
    }
}
