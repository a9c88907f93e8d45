using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Preparation;

/// <summary>What the original answers to a few inputs, kept after its session is gone.</summary>
internal sealed class ComparisonBase : IDisposable
{
    private const int MaxSamples = 8;

    private static readonly string[] RandomOperators =
        ["::RandomNormal", "::RandomNormalLike", "::RandomUniform", "::RandomUniformLike", "::Multinomial", "::Bernoulli"];

    private readonly List<Case> _cases = [];

    private ComparisonBase()
    {
    }

    private sealed record Case(ModelInputs Inputs, IReadOnlyDictionary<string, TensorValue> Expected, double? Absolute, double? Relative, bool ShapesOnly);

    /// <summary>The inputs to measure with.</summary>
    public ModelInputs FirstInputs => _cases[0].Inputs;

    /// <exception cref="ModelLoadException">There is nothing to compare with: no golden sample, and no inputs that the model accepts could be made.</exception>
    public static ComparisonBase Create(
        string model, string path, SessionSettings settings, WarmupHints? hints, IReadOnlyList<GoldenSample>? samples, CancellationToken cancellationToken)
    {
        ComparisonBase reference = new();
        try
        {
            var random = OnnxModelReader.Read(model, path).Operators.Overlaps(RandomOperators);
            using var opened = SessionOpener.OpenOriginal(model, path, settings, spin: false);
            foreach (var sample in (samples ?? []).Take(MaxSamples))
            {
                cancellationToken.ThrowIfCancellationRequested();
                reference.Add(model, opened.Session, GoldenInputs.Create(model, opened.Session, sample), random, sample);
            }

            try
            {
                reference.Add(model, opened.Session, InputSynthesizer.Create(model, opened.Session, hints), random, null);
            }
            catch (ModelLoadException) when (reference._cases.Count > 0)
            {
                // The golden samples suffice.
                return reference;
            }

            return reference;
        }
        catch
        {
            reference.Dispose();
            throw;
        }
    }

    /// <summary>Null when the session answers as the original did, else the first difference.</summary>
    public string? WhyUnequal(string model, InferenceSession session)
    {
        foreach (var (inputs, expected, absolute, relative, shapesOnly) in _cases)
        {
            IReadOnlyDictionary<string, TensorValue> actual;
            try
            {
                actual = ModelRun.Run(model, session, inputs, LoadPhase.Prepare);
            }
            catch (ModelLoadException e)
            {
                return $"it refuses inputs that the original accepts: {e.InnerException?.Message ?? e.Message}";
            }

            if (OutputComparer.WhyUnequal(actual, expected, absolute, relative, shapesOnly) is { } reason)
            {
                return reason;
            }
        }

        return null;
    }

    public void Dispose() => _cases.ForEach(static one => one.Inputs.Dispose());

    private void Add(string model, InferenceSession session, ModelInputs inputs, bool random, GoldenSample? sample)
    {
        try
        {
            // Twice: a model that does not agree with itself (dropout left on, a random operator of another domain) is compared by shape.
            var expected = ModelRun.Run(model, session, inputs);
            var shapesOnly = random || OutputComparer.WhyUnequal(ModelRun.Run(model, session, inputs), expected) is not null;
            _cases.Add(new Case(inputs, expected, sample?.AbsoluteTolerance, sample?.RelativeTolerance, shapesOnly));
        }
        catch
        {
            inputs.Dispose();
            throw;
        }
    }
}
