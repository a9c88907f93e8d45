using ModelPersistence.Repositories;

namespace ModelPersistence.Serving;

/// <summary>Makes a version fit to replace what serves: loaded beside it, at its last tier, warmed and checked.</summary>
internal sealed class CandidateLoader(ModelResolver resolver, ModelLoader loader, ServedModels models, ServingContext context)
{
    /// <summary>The model, held in the holder's name.</summary>
    public async Task<ModelHold> LoadAsync(ModelRoute route, Candidate candidate, IModelHolder holder, CancellationToken cancellationToken)
    {
        var begun = context.Clock.GetTimestamp();
        var resolved = await resolver.LocateAsync(route.Reference, candidate.Version, cancellationToken).ConfigureAwait(false);
        candidate.Digest = resolved.Document?.Digest;
        var hold = await models.HoldAsync(loader.Begin(route, resolved, begun), holder, keepGoing: false, cancellationToken).ConfigureAwait(false);
        try
        {
            if (route.Plan is { })
            {
                models.BeginUpgrade(hold.Served, grace: false);
                await hold.Served.Settled.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            return hold;
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }
}
