namespace ModelPersistence.Serving;

/// <summary>How a run ended.</summary>
internal enum RunOutcome
{
    /// <summary>It gave outputs.</summary>
    Succeeded,

    /// <summary>It failed, and the version may be why.</summary>
    Failed,

    /// <summary>The caller's own doing: inputs that the model refuses, an argument that is wrong, a run that was stopped. Says nothing about the version.</summary>
    Rejected,
}
