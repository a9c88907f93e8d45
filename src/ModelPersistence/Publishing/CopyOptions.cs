namespace ModelPersistence.Publishing;

/// <summary>What can be said when a version is copied from one repository to another.</summary>
public sealed record CopyOptions
{
    /// <summary>Aliases that are set to the version at the target, whatever they stood for there. Default: none.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>
    /// Whether the aliases that stand for the version at the source are set at the target too. One that is split over several versions is
    /// set with the copy of the last of them. Default false.
    /// </summary>
    public bool CarryAliases { get; init; }

    /// <inheritdoc cref="PublishOptions.AllowUnsafeStore"/>
    public bool AllowUnsafeStore { get; init; }
}
