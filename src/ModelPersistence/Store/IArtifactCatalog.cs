namespace ModelPersistence.Store;

/// <summary>Tells the store about prepared artifacts, whose insides are none of its business.</summary>
internal interface IArtifactCatalog
{
    /// <summary>What an artifact is; null when its folder does not say so in a way this version of the library reads.</summary>
    ArtifactFacts? Describe(string folder);
}

/// <summary>What the store knows of an artifact.</summary>
/// <param name="ModelKey">The key of the version it was made of, as in <see cref="UseMarks.KeyOf"/>.</param>
/// <param name="IsOfThisProcess">Whether a process like this one could find it: same runtime, format and, where it depends on that, processor.</param>
internal sealed record ArtifactFacts(string ModelKey, bool IsOfThisProcess);
