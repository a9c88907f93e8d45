namespace ModelPersistence.Store;

/// <summary>A file or folder of a tree that can be removed by itself.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Path">Its full path.</param>
/// <param name="Bytes">What it takes on disk.</param>
/// <param name="LastUse">When it was used or changed last.</param>
internal sealed record StoredThing(CleanupKind Kind, string Path, long Bytes, DateTimeOffset LastUse)
{
    /// <summary>The key of the use mark that must be claimed before.</summary>
    public string? Mark { get; init; }

    /// <summary>The lock files that must be claimed before.</summary>
    public IReadOnlyList<string> Locks { get; init; } = [];

    /// <summary>Asked again under the claims: whether the path still leads to what was looked at.</summary>
    public Func<bool>? IsStillThat { get; init; }

    /// <summary>Why it is not needed.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Whether no process like this one would find it.</summary>
    public bool IsOutdated { get; init; }
}
