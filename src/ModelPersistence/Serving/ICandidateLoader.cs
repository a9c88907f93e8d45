namespace ModelPersistence.Serving;

/// <summary>Makes versions fit to serve, for a route that leads somewhere already.</summary>
internal interface ICandidateLoader
{
    /// <summary>The model, held in the holder's name.</summary>
    /// <exception cref="Models.ModelPersistenceException">It cannot be loaded, or does not pass its checks.</exception>
    Task<ModelHold> LoadAsync(ModelRoute route, Candidate candidate, IModelHolder holder, CancellationToken cancellationToken);
}
