namespace ModelPersistence.Serving;

/// <summary>How far one version of a route is.</summary>
internal enum VersionStanding
{
    /// <summary>Nothing of it is loaded.</summary>
    Absent,

    /// <summary>It is being loaded, checked, or warmed.</summary>
    Loading,

    /// <summary>It passed its checks and runs at its final speed, so that it can replace what serves.</summary>
    Live,

    /// <summary>It could not be loaded or did not pass its checks, and it is not yet time to try again.</summary>
    Failed,

    /// <summary>It served and was turned back.</summary>
    Refused,
}
