namespace ModelPersistence.Serving.Harness;

/// <summary>The true answers of several models to the same inputs.</summary>
internal sealed class AnswerKey
{
    // Prepared sessions may sum in another order than plain ones.
    private const float Tolerance = 1e-4f;

    private readonly float[][][] _answers;

    /// <exception cref="InvalidOperationException">Two models answer alike, so that their answers could not be told apart.</exception>
    public AnswerKey(params float[][][] answers)
    {
        _answers = answers;
        for (var a = 0; a < answers.Length; a++)
        {
            for (var b = 0; b < a; b++)
            {
                for (var input = 0; input < answers[a].Length; input++)
                {
                    if (Distance(answers[a][input], answers[b][input]) < 20 * Tolerance)
                    {
                        throw new InvalidOperationException($"Models {b} and {a} answer alike to input {input}.");
                    }
                }
            }
        }
    }

    /// <summary>Whether a model gives this answer to an input.</summary>
    public bool Is(int model, int input, ModelOutputs outputs)
    {
        ReadOnlySpan<float> left = _answers[model][input];
        foreach (var output in outputs)
        {
            var given = output.GetTensorDataAsSpan<float>();
            if (given.Length > left.Length)
            {
                return false;
            }

            for (var i = 0; i < given.Length; i++)
            {
                // Not the other way round: no comparison with NaN is true.
                if (!(MathF.Abs(given[i] - left[i]) <= Tolerance))
                {
                    return false;
                }
            }

            left = left[given.Length..];
        }

        return left.IsEmpty;
    }

    private static float Distance(float[] a, float[] b) => a.Zip(b, static (x, y) => MathF.Abs(x - y)).Max();
}
