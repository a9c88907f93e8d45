using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>Failures of loads by kind, few enough for a tag.</summary>
internal static class FailureKinds
{
    public static string Of(Exception failure) => failure switch
    {
        ModelIntegrityException => "integrity",
        ModelNotFoundException => "not_found",
        ModelStorageException => "storage",
        ModelMemoryException => "memory",
        ModelLoadException => "load",
        _ => "other",
    };
}
