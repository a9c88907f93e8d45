using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>A provider that could not look, and why.</summary>
internal sealed record ProviderFailure(string Provider, Exception Cause)
{
    /// <summary>What a provider of somebody else's throws says nothing about whether it passes; trying again is the safe guess.</summary>
    public bool IsTransient => Cause is not ModelPersistenceException known || known.IsTransient;

    public string ToDoubt() => $"Provider '{Provider}' could not be asked: {Cause.Message}";
}

/// <summary>A provider that has the version with another digest than the pinned one, or without any.</summary>
internal sealed record PinRefusal(string Provider, Sha256Digest? Actual);
