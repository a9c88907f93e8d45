namespace ModelPersistence.Repositories;

/// <summary>What a <see cref="DirectoryProvider"/> is told about its tree.</summary>
internal sealed record DirectoryProviderOptions
{
    public required string Name { get; init; }

    public required string Path { get; init; }

    public VerificationMode Verification { get; init; }

    /// <summary>Whether versions without a manifest are read too.</summary>
    public bool AllowUnmanifested { get; init; }

    /// <summary>Whether files may be mapped where they lie; false makes the store fetch them into a local copy.</summary>
    public bool LocalPaths { get; init; } = true;

    /// <summary>Whether <c>IModelRepository</c> may write here.</summary>
    public bool AcceptsPublishing { get; init; }

    /// <summary>Whether a root that does not exist (yet) is an empty repository, as for the local cache, rather than a fault.</summary>
    public bool RootMayBeAbsent { get; init; }

    /// <summary>The limit of one operation; null for a local disk, whose calls run inline.</summary>
    public TimeSpan? VolumeTimeout { get; init; }
}
