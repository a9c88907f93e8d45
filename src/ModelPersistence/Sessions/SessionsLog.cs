using Microsoft.Extensions.Logging;

namespace ModelPersistence.Sessions;

internal static partial class SessionsLog
{
    [LoggerMessage(4000, LogLevel.Warning, "The prepared artifact {Folder} of model {Model} does not open and is discarded; the model is served from its own file and prepared again.", EventName = "ArtifactUnusable")]
    public static partial void ArtifactUnusable(ILogger logger, Exception exception, string model, string folder);

    [LoggerMessage(4002, LogLevel.Warning, "Model {Model} runs on {Provider}, since what comes before it in its ExecutionProviders cannot be used. {Reasons}. Deploy a build of ONNX Runtime and drivers that have it, or take it out of the list.", EventName = "ExecutionProviderFallback")]
    public static partial void ProviderFallback(ILogger logger, string model, string provider, string reasons);

    [LoggerMessage(4001, LogLevel.Debug, "The start hint {Path} could not be written; the next start will not touch the weights early.", EventName = "StartHintNotWritten")]
    public static partial void StartHintNotWritten(ILogger logger, Exception exception, string path);
}
