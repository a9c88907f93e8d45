using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Sessions;

/// <summary>Compares what a session answers with what it should. Each answer is null when it is right, else what is wrong, as the end of a sentence.</summary>
internal static class AnswerCheck
{
    public static string? WhyNotReproduced(string model, InferenceSession session, GoldenSample sample, ValidationOptions options)
    {
        try
        {
            using var inputs = GoldenInputs.Create(model, session, sample);
            var actual = ModelRun.Run(model, session, inputs, LoadPhase.Validate);
            return OutputComparer.WhyUnequal(
                actual, sample.Outputs, sample.AbsoluteTolerance ?? Unless(sample, options.AbsoluteTolerance), sample.RelativeTolerance ?? Unless(sample, options.RelativeTolerance));
        }
        catch (ModelPersistenceException e)
        {
            return WhyOf(e);
        }
    }

    public static string? WhyNotAsDeclared(string model, InferenceSession session, WarmupHints? hints)
    {
        IReadOnlyDictionary<string, TensorValue> actual;
        try
        {
            using var inputs = InputSynthesizer.Create(model, session, hints);
            actual = ModelRun.Run(model, session, inputs, LoadPhase.Validate);
        }
        catch (ModelPersistenceException e)
        {
            // It says which hints to give, where it is for want of them.
            return e.Message.TrimEnd('.', ' ');
        }

        return session.OutputNames.Select(name => WhyOtherThan(ModelPort.Of(name, session.OutputMetadata[name]), session.OutputMetadata[name], actual[name])).FirstOrDefault(static why => why is not null);
    }

    private static string? WhyOtherThan(ModelPort declared, NodeMetadata node, TensorValue given)
    {
        // Of sequences, maps and the like the runtime itself checks the type, and they have no declared length.
        if (node.OnnxValueType != OnnxValueType.ONNX_TYPE_TENSOR)
        {
            return null;
        }

        var isRight = given.ElementType == declared.Type && (declared.Dimensions.Count == 0 || declared.Dimensions.Count == given.Shape.Count);
        for (var i = 0; isRight && i < declared.Dimensions.Count; i++)
        {
            isRight = declared.Dimensions[i] < 0 || declared.Dimensions[i] == given.Shape[i];
        }

        return isRight ? null : $"the output {declared} came as {given.ElementType}[{string.Join(", ", given.Shape)}]";
    }

    // A sample that names one tolerance of its own means the pair of them.
    private static double? Unless(GoldenSample sample, double? tolerance) => sample.AbsoluteTolerance is null && sample.RelativeTolerance is null ? tolerance : null;

    private static string WhyOf(ModelPersistenceException e) =>
        e.InnerException is OnnxRuntimeException refusal ? $"the runtime failed on it ({refusal.Message.TrimEnd('.', ' ', '\n')})" : e.Message.TrimEnd('.', ' ');
}
