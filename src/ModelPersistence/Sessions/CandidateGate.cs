using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Sessions;

/// <summary>
/// What a version must show before it replaces one that serves. Each check gives null when it is passed, throws when it is not, and where
/// the mode is to warn gives what it would have thrown.
/// </summary>
internal static class CandidateGate
{
    /// <summary>The version is called like the one it replaces.</summary>
    /// <exception cref="ModelLoadException">It is not, and may not differ.</exception>
    public static string? CheckSignature(string model, ModelSignature before, ModelSignature after, ValidationOptions options) =>
        options.Mode == ValidationMode.Off || options.AllowSignatureChange || ModelSignature.WhyIncompatible(before, after) is not { } difference
            ? null
            : Refuse(model, options, $"is not called like the version that serves: {difference}. Publish it under another name, or set Validation:AllowSignatureChange");

    /// <summary>The version reproduces its golden samples; without samples, made-up inputs run to outputs of the declared types and shapes.</summary>
    /// <param name="model">The model's name and version, for messages.</param>
    /// <param name="session">The candidate's session; it must not serve yet, or a count of it must be held.</param>
    /// <param name="samples">The manifest's samples.</param>
    /// <param name="hints">How inputs are made up, of host and manifest.</param>
    /// <param name="options">The model's options. Whoever sets Warmup:Iterations to 0 wants no made-up runs, here neither.</param>
    /// <param name="cancellationToken">Ends the check between two runs.</param>
    /// <exception cref="ModelLoadException">It does not.</exception>
    public static string? CheckAnswers(
        string model, InferenceSession session, IReadOnlyList<GoldenSample>? samples, WarmupHints? hints, ModelOptions options, CancellationToken cancellationToken)
    {
        var validation = options.Validation;
        if (validation.Mode == ValidationMode.Off)
        {
            return null;
        }

        if (samples is not { Count: > 0 })
        {
            return options.Warmup.Iterations > 0 && AnswerCheck.WhyNotAsDeclared(model, session, hints) is { } wrong
                ? Refuse(model, validation, $"does not run as it declares: {wrong}. Publish a version that does, or one with golden samples")
                : null;
        }

        for (var i = 0; i < samples.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (AnswerCheck.WhyNotReproduced(model, session, samples[i], validation) is { } difference)
            {
                return Refuse(model, validation,
                    $"does not reproduce its golden sample {i + 1} of {samples.Count}: {difference}. Publish a version that does, or allow more by the sample's tolerances or by Validation:AbsoluteTolerance and Validation:RelativeTolerance");
            }
        }

        return null;
    }

    /// <summary>The warm-up of the version's last tier is within its budget: the host's, else the manifest's.</summary>
    /// <exception cref="ModelLoadException">It is slower.</exception>
    public static string? CheckLatency(string model, WarmupStatistics? warmup, WarmupHints? hints, ValidationOptions options)
    {
        var budget = options.LatencyBudget ?? (hints?.LatencyBudgetMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null);
        if (options.Mode == ValidationMode.Off || budget is null || warmup is null || warmup.P95 <= budget)
        {
            return null;
        }

        var source = options.LatencyBudget is null ? "the manifest's warmup.latencyBudgetMs" : "Validation:LatencyBudget";
        return Refuse(model, options, string.Create(CultureInfo.InvariantCulture,
            $"is too slow: the 95th percentile of its warm-up is {warmup.P95.TotalMilliseconds:0.###} ms, over {source} ({budget.Value.TotalMilliseconds:0.###} ms). Publish a faster version, or raise Validation:LatencyBudget"));
    }

    private static string Refuse(string model, ValidationOptions options, string what)
    {
        var message = $"Model '{model}' {what}; or set Validation:Mode to Warn. These are settings of its entry under ModelManagement:Models.";
        return options.Mode == ValidationMode.Warn ? message : throw new ModelLoadException(LoadPhase.Validate, message) { Model = model };
    }
}
