namespace ModelPersistence.Publishing;

/// <summary>The points of a publication between which a process may die.</summary>
internal enum PublishStep
{
    /// <summary>The first bytes of the first file are written.</summary>
    CopyBegun,

    /// <summary>All files are copied and flushed.</summary>
    Copied,

    /// <summary>The manifest is written beside the copies, still out of sight.</summary>
    Described,

    /// <summary>The version is visible; no alias has moved.</summary>
    Visible,

    /// <summary>The new alias revision is written down, and not yet what readers see.</summary>
    AliasesWritten,

    /// <summary>Everything is done.</summary>
    Done,
}
