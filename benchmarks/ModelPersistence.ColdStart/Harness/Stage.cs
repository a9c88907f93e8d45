namespace ModelPersistence.ColdStart.Harness;

/// <summary>One repository with one host's cache: what a managed process finds when it starts.</summary>
/// <param name="Repository">The shared volume's folder; empty for a model registered as a file.</param>
/// <param name="Cache">The host's cache folder.</param>
/// <param name="RecordKey">The key of the volume's verification records, if it has one.</param>
internal sealed record Stage(string Repository, string Cache, string? RecordKey = null)
{
    /// <summary>Every file that a start may read, to be evicted.</summary>
    public IReadOnlyList<string> Files =>
        [.. new[] { Repository, Cache }.Where(Directory.Exists).SelectMany(static folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))];

    /// <summary>Back to what a first start finds: the published files and nothing derived from them.</summary>
    public void ForgetDerived()
    {
        if (Directory.Exists(Repository))
        {
            foreach (var derived in Directory.EnumerateDirectories(Repository, ".*"))
            {
                Directory.Delete(derived, recursive: true);
            }
        }

        ForgetHost();
    }

    /// <summary>Back to what a new host finds: the volume as it is, and an empty cache.</summary>
    public void ForgetHost()
    {
        if (Directory.Exists(Cache))
        {
            Directory.Delete(Cache, recursive: true);
        }
    }
}
