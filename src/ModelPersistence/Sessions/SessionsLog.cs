using Microsoft.Extensions.Logging;

namespace ModelPersistence.Sessions;

internal static partial class SessionsLog
{
    [LoggerMessage(4000, LogLevel.Warning, "The prepared artifact {Folder} of model {Model} does not open and is discarded; the model is served from its own file and prepared again.", EventName = "ArtifactUnusable")]
    public static partial void ArtifactUnusable(ILogger logger, Exception exception, string model, string folder);

    [LoggerMessage(4001, LogLevel.Debug, "The start hint {Path} could not be written; the next start will not touch the weights early.", EventName = "StartHintNotWritten")]
    public static partial void StartHintNotWritten(ILogger logger, Exception exception, string path);
}
