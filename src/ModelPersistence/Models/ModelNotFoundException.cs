namespace ModelPersistence.Models;

/// <summary>No provider has the model, the version or the alias. The message names every provider that was asked.</summary>
public sealed class ModelNotFoundException : ModelPersistenceException
{
    /// <inheritdoc cref="ModelPersistenceException(string, Exception?)"/>
    public ModelNotFoundException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
