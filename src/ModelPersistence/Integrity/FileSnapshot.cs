namespace ModelPersistence.Integrity;

/// <summary>The identities of files at one moment. Taken before the files are hashed; a record may follow only when they are the same after it.</summary>
internal sealed class FileSnapshot
{
    private FileSnapshot(IReadOnlyList<LocalFile> files, FileIdentity[] identities, DateTimeOffset takenAt) =>
        (Files, Identities, TakenAt) = (files, identities, takenAt);

    public IReadOnlyList<LocalFile> Files { get; }

    public IReadOnlyList<FileIdentity> Identities { get; }

    public DateTimeOffset TakenAt { get; }

    /// <summary>The identities now, or null when a file is missing.</summary>
    public static FileSnapshot? TryTake(IReadOnlyList<LocalFile> files, TimeProvider time)
    {
        var takenAt = time.GetUtcNow();
        var identities = new FileIdentity[files.Count];
        for (var i = 0; i < identities.Length; i++)
        {
            if (FileIdentity.TryRead(files[i].FullPath) is not { } identity)
            {
                return null;
            }

            identities[i] = identity;
        }

        return new FileSnapshot(files, identities, takenAt);
    }

    /// <summary>Whether every file is still what it was.</summary>
    public bool IsCurrent()
    {
        for (var i = 0; i < Identities.Count; i++)
        {
            if (FileIdentity.TryRead(Files[i].FullPath) is not { } now || !now.Equals(Identities[i]))
            {
                return false;
            }
        }

        return true;
    }
}
