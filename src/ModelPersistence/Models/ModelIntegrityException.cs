namespace ModelPersistence.Models;

/// <summary>Bytes or documents are not what they must be: truncated, altered, malformed, or reaching outside their folder.</summary>
public sealed class ModelIntegrityException : ModelPersistenceException
{
    /// <inheritdoc cref="ModelPersistenceException(string, Exception?)"/>
    public ModelIntegrityException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The file, relative to the version's folder, where one is to blame.</summary>
    public string? File { get; init; }

    /// <summary>The digest that was expected, where one was.</summary>
    public Sha256Digest? Expected { get; init; }

    /// <summary>The digest that was found, where one was computed.</summary>
    public Sha256Digest? Actual { get; init; }
}
