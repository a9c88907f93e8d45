namespace ModelPersistence.AspNetCore.Inference;

/// <summary>Which models a client of the inference protocol reaches.</summary>
public enum InferenceExposure
{
    /// <summary>The references the host names with <c>AddModel</c> and <c>AddModelFile</c>, and the versions that serve them at the moment.</summary>
    NamedReferences,

    /// <summary>Every version and alias of the models the host names. A client can make the host load any of them.</summary>
    NamedModels,

    /// <summary>Every model that a storage provider of the host knows. A client can make the host load any of them.</summary>
    AllModels,
}
