namespace ModelPersistence.Preparation;

/// <summary>The two artifacts that are made of a model.</summary>
internal enum ArtifactKind
{
    /// <summary>Optimized for any machine, weights unpacked: opens fastest. Serves the first tier.</summary>
    Portable,

    /// <summary>Optimized for this CPU with the kernels' packed weights saved: runs fastest. Serves the second tier.</summary>
    Packed,
}
