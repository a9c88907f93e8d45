using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Runtime;

namespace ModelPersistence.Preparation;

/// <summary>Has the runtime write one form of an artifact.</summary>
internal static class FormMaker
{
    public const string GraphName = "model.onnx";
    public const string OrtName = "model.ort";
    public const string WeightsName = "model.weights";

    // Shape constants below this stay in the graph: outside it the runtime can no longer compute shapes while it loads.
    private const string MinimumExternalBytes = "1024";

    /// <summary>Writes the files into an empty folder.</summary>
    /// <exception cref="RungRefusedException">The runtime refuses.</exception>
    public static void Make(ArtifactForm form, ArtifactKind kind, string source, SessionSettings settings, string folder, CancellationToken cancellationToken)
    {
        try
        {
            using var options = settings.CreateOptions(kind == ArtifactKind.Portable ? GraphOptimizationLevel.ORT_ENABLE_EXTENDED : GraphOptimizationLevel.ORT_ENABLE_ALL);
            Configure(options, form, kind, folder);
            using var registration = cancellationToken.Register(static state => ((SessionOptions)state!).SetLoadCancellationFlag(true), options);
            new InferenceSession(source, options).Dispose();
            NativeHeap.Trim();
        }
        catch (OnnxRuntimeException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new RungRefusedException($"the runtime cannot write it: {e.Message.TrimEnd('.', ' ')}", e);
        }
    }

    private static void Configure(SessionOptions options, ArtifactForm form, ArtifactKind kind, string folder)
    {
        // The runtime warns that an optimized graph is for this machine only: that is what the key is for.
        options.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR;
        options.OptimizedModelFilePath = Path.Combine(folder, form == ArtifactForm.MappedOrt ? OrtName : GraphName);
        switch (form)
        {
            case ArtifactForm.ExternalWeights:
                options.AddSessionConfigEntry("session.optimized_model_external_initializers_file_name", WeightsName);
                options.AddSessionConfigEntry("session.optimized_model_external_initializers_min_size_in_bytes", MinimumExternalBytes);
                break;
            case ArtifactForm.MappedOrt:
                options.AddSessionConfigEntry("session.save_model_format", "ORT");
                break;
            default:
                break;
        }

        var savesPacked = form == ArtifactForm.ExternalWeights && kind == ArtifactKind.Packed;
        options.AddSessionConfigEntry(savesPacked ? "session.save_external_prepacked_constant_initializers" : "session.disable_prepacking", "1");
    }
}
