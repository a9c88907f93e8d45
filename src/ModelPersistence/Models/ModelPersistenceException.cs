namespace ModelPersistence.Models;

/// <summary>The root of what this library throws for faults of models, files and providers. Misuse of the API throws BCL types.</summary>
public class ModelPersistenceException : Exception
{
    /// <summary>Creates the exception with a message that names the model, the cause and the remedy.</summary>
    public ModelPersistenceException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The model's name or reference, where it is known.</summary>
    public string? Model { get; init; }

    /// <summary>Whether the same call may succeed later without anyone mending anything.</summary>
    public virtual bool IsTransient => false;
}
