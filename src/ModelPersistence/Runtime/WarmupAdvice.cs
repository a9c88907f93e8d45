using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Models;

namespace ModelPersistence.Runtime;

/// <summary>Says where the hints for made-up inputs are given.</summary>
internal static class WarmupAdvice
{
    private const int ShownInputs = 8;

    public static string Where(string model, string input) =>
        $"WarmupInput(\"{input}\", shape, values) where the host adds '{model}', the setting Warmup:Inputs:{input} of its entry under ModelManagement:Models, or the manifest's warmup.inputs.{input}";

    /// <summary>What to say when the runtime refuses a run whose inputs were made up.</summary>
    public static ModelLoadException Explain(string model, LoadPhase phase, InferenceSession session, Exception cause)
    {
        var inputs = session.InputMetadata.Take(ShownInputs).Select(static pair => $"{pair.Key} {Describe(pair.Value)}");
        var more = session.InputMetadata.Count > ShownInputs ? ", ..." : "";
        return new ModelLoadException(phase,
            $"Model '{model}' refused a run with made-up inputs ({string.Join(", ", inputs)}{more}): {cause.Message.TrimEnd('.', ' ')}. "
            + "Say how its inputs look: with WarmupDimension and WarmupInput where the host adds the model, with Warmup:Dimensions:<symbol> and Warmup:Inputs:<name> "
            + "of its entry under ModelManagement:Models, or with the manifest's 'warmup'.", cause)
        { Model = model };
    }

    private static string Describe(NodeMetadata input) => !input.IsTensor
        ? input.OnnxValueType.ToString()
        : $"{ElementTypes.NameOf(input.ElementDataType)}[{string.Join(", ", input.Dimensions.Select((size, i) => size >= 0 ? $"{size}" : Symbol(input, i)))}]";

    private static string Symbol(NodeMetadata input, int dimension) =>
        dimension < input.SymbolicDimensions.Length && input.SymbolicDimensions[dimension] is { Length: > 0 } symbol ? symbol : "?";
}
