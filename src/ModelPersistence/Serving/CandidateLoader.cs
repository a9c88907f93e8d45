using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Runtime;
using ModelPersistence.Sessions;

namespace ModelPersistence.Serving;

/// <summary>Makes a version fit to replace what serves: loaded beside it, checked, at its last tier and warmed.</summary>
internal sealed class CandidateLoader(ModelResolver resolver, ModelLoader loader, ServedModels models, ServingContext context) : ICandidateLoader
{
    /// <inheritdoc/>
    public async Task<ModelHold> LoadAsync(ModelRoute route, Candidate candidate, IModelHolder holder, CancellationToken cancellationToken)
    {
        var begun = context.Clock.GetTimestamp();
        var resolved = await resolver.LocateAsync(route.Reference, candidate.Version, cancellationToken).ConfigureAwait(false);
        candidate.Digest = resolved.Document?.Digest;
        var load = loader.Begin(route, resolved, begun);
        var hold = await models.HoldAsync(load, holder, keepGoing: false, cancellationToken).ConfigureAwait(false);
        try
        {
            if (route.Plan is { } plan)
            {
                CheckBeside(plan.Main, hold.Served, load, cancellationToken);
                models.BeginUpgrade(hold.Served, grace: false);
                await hold.Served.Settled.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (!hold.Served.IsLive)
                {
                    ObjectDisposedException.ThrowIf(context.IsStopping, typeof(IModelProvider));
                    throw hold.Served.Mismatch is { } mismatch ? ServedModels.Again(mismatch) : new ModelMemoryException($"Model '{load.DisplayName}' was unloaded for its memory before it could serve. Raise ModelManagement:MemoryBudgetBytes.", isTransient: true) { Model = load.DisplayName };
                }

                hold.Served.DegradeIf(CandidateGate.CheckLatency(load.DisplayName, hold.Served.Warmup, load.Hints, route.Options.Validation));
            }

            return hold;
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <summary>What serves is not touched by it: both sessions are held while they are looked at.</summary>
    private static void CheckBeside(ServedModel serving, ServedModel candidate, ModelLoad load, CancellationToken cancellationToken)
    {
        if (candidate.TryAcquire() is not { } slot)
        {
            return;
        }

        try
        {
            if (SignatureOf(serving) is { } before)
            {
                candidate.DegradeIf(CandidateGate.CheckSignature(load.DisplayName, before, ModelSignature.Of(slot.Opened.Session), load.Route.Options.Validation));
            }

            // Golden samples were checked when it was loaded.
            if (load.Samples is not { Count: > 0 })
            {
                candidate.DegradeIf(CandidateGate.CheckAnswers(load.DisplayName, slot.Opened.Session, null, load.Hints, load.Route.Options, cancellationToken));
            }
        }
        finally
        {
            slot.Release();
        }
    }

    private static ModelSignature? SignatureOf(ServedModel served)
    {
        if (served.TryAcquire() is not { } slot)
        {
            return null;
        }

        try
        {
            return ModelSignature.Of(slot.Opened.Session);
        }
        finally
        {
            slot.Release();
        }
    }
}
