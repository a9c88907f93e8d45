namespace ModelPersistence.Store;

/// <summary>
/// A version with everything that was made of it, or what there is of that: partial files, artifacts. It is used and goes as one:
/// a host that serves an artifact needs the version for its next start.
/// </summary>
internal sealed class StoredFamily
{
    public List<StoredThing> Things { get; } = [];

    /// <summary>Whether an alias of the same tree names the version.</summary>
    public bool IsNamed { get; set; }

    public long Bytes => Things.Sum(static thing => thing.Bytes);

    public DateTimeOffset LastUse => Things.Max(static thing => thing.LastUse);
}
