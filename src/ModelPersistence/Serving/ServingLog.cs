using Microsoft.Extensions.Logging;

namespace ModelPersistence.Serving;

internal static partial class ServingLog
{
    [LoggerMessage(5000, LogLevel.Information, "Model {Model} ({Tier}): {Timeline}", EventName = "ModelReady")]
    public static partial void Ready(ILogger logger, string model, string tier, LoadTimeline timeline);

    [LoggerMessage(5001, LogLevel.Information, "Model {Model} settled at {Tier}: {Timeline}", EventName = "ModelSettled")]
    public static partial void Settled(ILogger logger, string model, string tier, LoadTimeline timeline);

    [LoggerMessage(5002, LogLevel.Error, "Model {Model} could not be loaded.", EventName = "ModelFailed")]
    public static partial void Failed(ILogger logger, Exception exception, string model);

    [LoggerMessage(5003, LogLevel.Warning, "Model {Model} is degraded: {Reason}", EventName = "ModelDegraded")]
    public static partial void Degraded(ILogger logger, string model, string reason);

    [LoggerMessage(5004, LogLevel.Warning, "{Leases} leases on model {Model} have been held for {Seconds:0.0} s, longer than LeaseWarningAfter ({Limit:0.0} s). Take a lease for a request or a batch and dispose it.", EventName = "LeaseHeldLong")]
    public static partial void LeaseHeldLong(ILogger logger, long leases, string model, double seconds, double limit);

    [LoggerMessage(5005, LogLevel.Error, "A session of model {Model} could not be disposed cleanly.", EventName = "DisposalFailed")]
    public static partial void DisposalFailed(ILogger logger, Exception exception, string model);

    [LoggerMessage(5006, LogLevel.Warning, "The better tier of model {Model} could not be opened; the model goes on as it is ({Tier}).", EventName = "UpgradeFailed")]
    public static partial void UpgradeFailed(ILogger logger, Exception exception, string model, string tier);

    [LoggerMessage(5008, LogLevel.Warning, "The shutdown waits for leases on model {Model}. Dispose leases before the host stops; those still held when its shutdown limit passes are left alive.", EventName = "DrainWaits")]
    public static partial void DrainWaits(ILogger logger, string model);

    [LoggerMessage(5007, LogLevel.Critical, "Model {Model} is withdrawn: its files are not what its manifest says.", EventName = "ModelWithdrawn")]
    public static partial void Withdrawn(ILogger logger, Exception exception, string model);

    [LoggerMessage(5009, LogLevel.Information, "Model {Model} has recovered from: {Reason}", EventName = "ModelRecovered")]
    public static partial void Recovered(ILogger logger, string model, string reason);

    [LoggerMessage(5010, LogLevel.Information, "The origin of {Reference} names version {Version}; version {Begun}, which was known here, is not served.", EventName = "OriginDisagrees")]
    public static partial void OriginDisagrees(ILogger logger, string reference, string version, string begun);

    [LoggerMessage(5011, LogLevel.Information, "{Reference} leads to version {Version} now; before, to {Before}.", EventName = "Swapped")]
    public static partial void Swapped(ILogger logger, string reference, string before, string version);

    [LoggerMessage(5012, LogLevel.Error, "Version {Version} of {Reference} cannot serve; {Serving} goes on serving.", EventName = "CandidateFailed")]
    public static partial void CandidateFailed(ILogger logger, Exception exception, string reference, string version, string serving);

    [LoggerMessage(5030, LogLevel.Debug, "What loads take is not remembered beyond this process: {Reason}", EventName = "MemoryNotRemembered")]
    public static partial void MemoryNotRemembered(ILogger logger, string reason);

    [LoggerMessage(5013, LogLevel.Error, "Version {Version} of {Reference} is taken back: {Reason}. {LastGood} serves again; the version is not tried again until the alias has a new revision.", EventName = "RolledBack")]
    public static partial void RolledBack(ILogger logger, string reference, string version, string reason, string lastGood);

    [LoggerMessage(5014, LogLevel.Information, "Model {Model} is unloaded to make room for others; its next request loads it again.", EventName = "Evicted")]
    public static partial void Evicted(ILogger logger, string model);
}
