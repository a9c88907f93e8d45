namespace ModelPersistence.Models;

/// <summary>The bytes are there and right, but the runtime cannot make a working session of them.</summary>
public sealed class ModelLoadException : ModelPersistenceException
{
    /// <summary>Creates the exception for a phase.</summary>
    public ModelLoadException(LoadPhase phase, string message, Exception? innerException = null)
        : base(message, innerException) => Phase = phase;

    /// <summary>The phase that failed.</summary>
    public LoadPhase Phase { get; }
}
