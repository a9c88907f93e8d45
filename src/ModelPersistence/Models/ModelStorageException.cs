namespace ModelPersistence.Models;

/// <summary>A provider could not look, read or write: I/O failed, access was denied, or a time limit passed.</summary>
public sealed class ModelStorageException : ModelPersistenceException
{
    private readonly bool _isTransient;

    /// <summary>Creates the exception for a provider.</summary>
    public ModelStorageException(string providerName, string message, bool isTransient, Exception? innerException = null)
        : base(message, innerException) => (ProviderName, _isTransient) = (providerName, isTransient);

    /// <summary>The name of the provider that failed.</summary>
    public string ProviderName { get; }

    /// <inheritdoc/>
    public override bool IsTransient => _isTransient;

    /// <summary>Whether the provider can be asked, and only what was asked for is not there.</summary>
    public bool IsMissing { get; init; }

    /// <summary>Whether the provider asked to be asked less often.</summary>
    public bool IsThrottled { get; init; }

    /// <summary>How long the provider asked to be left alone, where it said so.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
