namespace ModelPersistence.Integrity;

/// <summary>What became of a verification record.</summary>
internal enum RecordOutcome
{
    Written,

    /// <summary>A file changed so recently that a further change could have left no trace. Verify again later.</summary>
    TooFresh,

    /// <summary>The files are no longer those that were hashed.</summary>
    Changed,

    /// <summary>The folder cannot be written, is open to others, or no key is configured.</summary>
    Unwritable,
}
