namespace ModelPersistence.Telemetry;

/// <summary>The tags of one version's runs, made once so that a run allocates none.</summary>
internal sealed class RunTags
{
    public RunTags(string model, string version)
    {
        Version = [new(ModelTelemetry.ModelTag, model), new(ModelTelemetry.VersionTag, version)];
        Succeeded = [.. Version, new(ModelTelemetry.OutcomeTag, "success")];
        Failed = [.. Version, new(ModelTelemetry.OutcomeTag, "error")];
        Rejected = [.. Version, new(ModelTelemetry.OutcomeTag, "rejected")];
    }

    public KeyValuePair<string, object?>[] Version { get; }

    public KeyValuePair<string, object?>[] Succeeded { get; }

    public KeyValuePair<string, object?>[] Failed { get; }

    public KeyValuePair<string, object?>[] Rejected { get; }
}
