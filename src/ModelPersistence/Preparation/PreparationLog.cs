using Microsoft.Extensions.Logging;

namespace ModelPersistence.Preparation;

internal static partial class PreparationLog
{
    [LoggerMessage(3000, LogLevel.Information, "Preparing the {Kind} artifact of model {Model} in {Folder}.", EventName = "PreparationBegins")]
    public static partial void Begins(ILogger logger, ArtifactKind kind, string model, string folder);

    [LoggerMessage(3001, LogLevel.Information, "The {Kind} artifact of model {Model} is ready after {Seconds:0.0} s: {Form}, {Bytes} bytes.", EventName = "PreparationDone")]
    public static partial void Done(ILogger logger, ArtifactKind kind, string model, double seconds, ArtifactForm form, long bytes);

    [LoggerMessage(3002, LogLevel.Information, "The form {Form} of the {Kind} artifact of model {Model} is not taken: {Reason}.", EventName = "FormRefused")]
    public static partial void Refused(ILogger logger, ArtifactForm form, ArtifactKind kind, string model, string reason);

    [LoggerMessage(3003, LogLevel.Warning, "The prepared artifact in {Folder} is not used and is removed, so that it is prepared again: {Reason}", EventName = "ArtifactDiscarded")]
    public static partial void Discarded(ILogger logger, string folder, string reason);

    [LoggerMessage(3004, LogLevel.Warning, "The prepared artifact in {Folder} could not be removed. It is not used; delete the folder.", EventName = "ArtifactNotRemoved")]
    public static partial void NotRemoved(ILogger logger, Exception exception, string folder);

    [LoggerMessage(3005, LogLevel.Warning, "The prepared artifact in the read-only folder {Folder} is not used: {Reason} Prepare the model again when the image is built.", EventName = "BakedArtifactIgnored")]
    public static partial void BakedIgnored(ILogger logger, string folder, string reason);

    [LoggerMessage(3006, LogLevel.Warning, "Prepared artifacts cannot be looked up in {Folder}; another place or the model's own file serves.", EventName = "ArtifactsUnreadable")]
    public static partial void Unreadable(ILogger logger, Exception exception, string folder);

    [LoggerMessage(3007, LogLevel.Debug, "Removed {Folder}, which a preparation that was killed left behind.", EventName = "LeftoverRemoved")]
    public static partial void LeftoverRemoved(ILogger logger, string folder);

    [LoggerMessage(3008, LogLevel.Debug, "No verification record for {Folder} ({Outcome}); the next start hashes it once.", EventName = "ArtifactNotRecorded")]
    public static partial void NotRecorded(ILogger logger, string folder, string outcome);
}
