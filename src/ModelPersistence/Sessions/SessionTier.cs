namespace ModelPersistence.Sessions;

/// <summary>Which kind of session serves a model.</summary>
public enum SessionTier
{
    /// <summary>The model's own file, loaded the ordinary way: no prepared artifact was there, or none is better.</summary>
    Original,

    /// <summary>Tier 0: prepared, mapped and unpacked. Opens fastest, runs slower; replaced by <see cref="Packed"/> within moments.</summary>
    Mapped,

    /// <summary>Tier 1: the kernels' packed weights, mapped from the saved artifact or packed in memory. Runs at full speed.</summary>
    Packed,
}
