namespace ModelPersistence.Preparation;

/// <summary>The rungs of the ladder, best first. The first that loads and gives equal results is published.</summary>
internal enum ArtifactForm
{
    /// <summary>An optimized graph with its weights in a file beside it.</summary>
    ExternalWeights,

    /// <summary>The runtime's own format, mapped.</summary>
    MappedOrt,

    /// <summary>An optimized graph with its weights inside.</summary>
    Inline,

    /// <summary>Nothing better than the model's own file was found; the reason is recorded.</summary>
    Original,
}
