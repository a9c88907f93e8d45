using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Runtime;

/// <summary>How a model is called: its inputs by name, its outputs in their order. Outlives the session it was read from.</summary>
internal sealed record ModelSignature(IReadOnlyList<ModelPort> Inputs, IReadOnlyList<ModelPort> Outputs)
{
    public static ModelSignature Of(InferenceSession session) => new(
        [.. session.InputNames.Select(name => ModelPort.Of(name, session.InputMetadata[name]))],
        [.. session.OutputNames.Select(name => ModelPort.Of(name, session.OutputMetadata[name]))]);

    /// <summary>
    /// Null when whoever calls the one can call the other, else the first difference. Strict: an input or output that is new, gone, or of
    /// another type or shape is a difference, also where some callers would not notice. Outputs may be asked for by position, so their order
    /// counts. Names of free sizes do not.
    /// </summary>
    public static string? WhyIncompatible(ModelSignature before, ModelSignature after)
    {
        foreach (var input in before.Inputs)
        {
            if (after.Inputs.FirstOrDefault(other => other.Name == input.Name) is not { } now)
            {
                return $"the input {input} is gone";
            }

            if (now.Type != input.Type || !now.Dimensions.SequenceEqual(input.Dimensions))
            {
                return $"the input {input} is now {now}";
            }
        }

        return after.Inputs.FirstOrDefault(input => before.Inputs.All(other => other.Name != input.Name)) is { } added
            ? $"the input {added} is new"
            : WhyOutputsDiffer(before.Outputs, after.Outputs);
    }

    private static string? WhyOutputsDiffer(IReadOnlyList<ModelPort> before, IReadOnlyList<ModelPort> after)
    {
        for (var i = 0; i < before.Count; i++)
        {
            if (i >= after.Count)
            {
                return $"the output {before[i]} is gone";
            }

            if (before[i].Name != after[i].Name || before[i].Type != after[i].Type || !ShapesAgree(before[i].Dimensions, after[i].Dimensions))
            {
                return $"the output {before[i]} is now {after[i]}";
            }
        }

        return after.Count > before.Count ? $"the output {after[before.Count]} is new" : null;
    }

    // Of an output's shape the runtime tells what it could infer, which is more for an optimized file than for the model's own.
    private static bool ShapesAgree(IReadOnlyList<int> before, IReadOnlyList<int> after)
    {
        if (before.Count == 0 || after.Count == 0)
        {
            return true;
        }

        var agree = before.Count == after.Count;
        for (var i = 0; agree && i < before.Count; i++)
        {
            agree = before[i] < 0 || after[i] < 0 || before[i] == after[i];
        }

        return agree;
    }
}
