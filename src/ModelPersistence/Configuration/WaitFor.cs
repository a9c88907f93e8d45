namespace ModelPersistence.Configuration;

/// <summary>What the host's start waits for.</summary>
public enum WaitFor
{
    /// <summary>Nothing: models load beside the host's start.</summary>
    Nothing,

    /// <summary>All models marked critical; the start fails when one cannot be loaded within the start-up time limit.</summary>
    Critical,
}
