namespace ModelPersistence.Store;

/// <summary>What a clean-up found.</summary>
public enum CleanupKind
{
    /// <summary>A version of a model, whole.</summary>
    Version,

    /// <summary>A prepared artifact.</summary>
    Artifact,

    /// <summary>What a download that was not finished has left: it would have gone on from there.</summary>
    Download,

    /// <summary>What was taken out of use and not deleted to the end.</summary>
    Trash,

    /// <summary>What a publication or a copy that was not finished has left.</summary>
    Publication,

    /// <summary>The working folder of a preparation that was not finished.</summary>
    Workspace,

    /// <summary>A small file that was being written.</summary>
    Temporary,

    /// <summary>A verification record of files that are gone.</summary>
    Record,

    /// <summary>A hint for the next start that leads to files that are gone.</summary>
    Hint,

    /// <summary>A lock nobody holds, or the use mark of something that is gone.</summary>
    Lock,
}
