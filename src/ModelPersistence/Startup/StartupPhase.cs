namespace ModelPersistence.Startup;

/// <summary>How far the host's models are. Phases only go forward.</summary>
public enum StartupPhase
{
    /// <summary>The services are registered; the host has not started them.</summary>
    Init,

    /// <summary>The options are valid, and the runtime's environment is being created.</summary>
    CoreReady,

    /// <summary>Models are being loaded, critical ones first.</summary>
    ModelsLoading,

    /// <summary>Every critical model serves.</summary>
    ModelsReady,

    /// <summary>Every model the host names serves from its last tier, or has failed for good reasons that the status shows.</summary>
    FullyReady,
}
