namespace ModelPersistence.Repositories;

/// <summary>When the bytes of a provider are hashed.</summary>
public enum VerificationMode
{
    /// <summary>Before they are mapped, once; a verification record stands for it afterwards. The default.</summary>
    BeforeUse,

    /// <summary>Behind the start: served at once, hashed after, withdrawn on a mismatch. The default for models baked into an image, whose digest covers them.</summary>
    Background,

    /// <summary>Never.</summary>
    None,
}
