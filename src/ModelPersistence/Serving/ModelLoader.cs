using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Preparation;
using ModelPersistence.Repositories;
using ModelPersistence.Runtime;
using ModelPersistence.Sessions;
using ModelPersistence.Store;

namespace ModelPersistence.Serving;

/// <summary>From a resolved version to a model that can serve: find the prepared artifact or else fetch and verify the files, open, run once.</summary>
internal sealed class ModelLoader(
    ModelStore store,
    UnmanifestedIndex unmanifested,
    PreparedArtifacts artifacts,
    SessionLoader sessions,
    WarmupRunner warmup,
    MemoryAdmission memory,
    ServingContext context,
    ModelManagementOptions options)
{
    /// <param name="route">The reference it is for.</param>
    /// <param name="resolved">The version.</param>
    /// <param name="begun">When it was asked for, as a timestamp of the clock.</param>
    public ModelLoad Begin(ModelRoute route, ResolvedModel resolved, long begun)
    {
        var recorder = new LoadRecorder(context.Clock, begun, context.Metrics);
        recorder.End(LoadPhase.Resolve, begun, resolved.Provider.Name);
        return new ModelLoad(resolved, resolved.Document ?? (resolved.Unmanifested is { } bare ? unmanifested.TryGetKnown(bare) : null), route, recorder);
    }

    /// <summary>Opens the first session and publishes it in a model that no route leads to yet.</summary>
    /// <exception cref="ModelPersistenceException">It cannot be fetched, verified or loaded.</exception>
    public async Task<LoadedModel> OpenAsync(ModelLoad load, CancellationToken cancellationToken)
    {
        var served = new ServedModel(load.Resolved.Name, load.Resolved.Version, load.Digest, load.Recorder, context);
        TieredSession? first = null;
        using var trace = load.Recorder.Trace(load.Resolved.Name, load.Resolved.Version, load.Resolved.Provider.Name);
        using var measurement = memory.Meter.Begin();
        try
        {
            first = await OpenFirstAsync(load, cancellationToken).ConfigureAwait(false);
            load.Settings = first.Opened.Settings;
            sessions.ReportFallback(load.Resolved.Name, first.Opened);
            FirstRun(load, served, first, cancellationToken);
            trace?.Opened(first.Opened.ExecutionProvider, first.Tier.ToString());
            load.Recorder.Opened(new LoadLabels(load.Resolved.Name, load.Resolved.Provider.Name, first.Opened.ExecutionProvider));
        }
        catch (Exception e)
        {
            trace?.Failed(e);
            Count(load, e);
            load.DropInputs();
            load.Release();
            first?.Opened.Dispose();
            load.Claim?.Dispose();
            throw;
        }

        (load.Measured, served.Claim, served.MappedBytes) = (measurement.Added, load.Claim, load.Need!.MappedBytes);
        served.Publish(first.Opened, first.Tier);
        foreach (var doubt in load.Resolved.Doubts)
        {
            served.Degrade(doubt);
        }

        return new LoadedModel(load, served, first);
    }

    private async Task<TieredSession> OpenFirstAsync(ModelLoad load, CancellationToken cancellationToken)
    {
        var recorder = load.Recorder;
        if (load.Settings.PrefersOther)
        {
            // Which artifact fits depends on the providers there are, and only the environment knows them.
            await AwaitEnvironmentAsync(recorder).ConfigureAwait(false);
            load.Settings = ProviderFallback.Settle(load.Settings);
        }

        var settings = load.Settings;
        if (options.Prepare && load.Digest is { } digest)
        {
            var searched = recorder.Begin();
            var portable = await artifacts.FindAsync(ArtifactKind.Portable, digest, settings, cancellationToken).ConfigureAwait(false);
            recorder.End(LoadPhase.Prepare, searched, portable is null ? "no artifact yet" : $"{portable.Form} artifact");
            load.Portable = portable;
            if (portable is { Form: not ArtifactForm.Original })
            {
                Enter(load.Route, ModelState.Loading);
                var weights = sessions.BeginTouch(portable);
                try
                {
                    load.Claim = await ClaimAsync(load, MemoryEstimate.Of(portable, Packing.None), cancellationToken).ConfigureAwait(false);
                    await AwaitEnvironmentAsync(recorder).ConfigureAwait(false);
                }
                catch
                {
                    weights?.Dispose();
                    throw;
                }

                var begun = recorder.Begin();
                if (sessions.TryOpenMapped(load.DisplayName, portable, settings, weights) is { } mapped)
                {
                    load.Artifacts.Add(portable);
                    recorder.End(LoadPhase.Load, begun, "mapped");
                    context.Metrics.CacheAsked(load.Resolved.Provider.Name, hit: true);
                    return mapped;
                }

                load.Portable = null;
                load.Claim?.Dispose();
            }
        }

        var local = await load.MakeLocalAsync(store, phase => Enter(load.Route, phase), cancellationToken).ConfigureAwait(false);
        context.Metrics.CacheAsked(load.Resolved.Provider.Name, hit: !load.WasFetched);
        Enter(load.Route, ModelState.Loading);
        load.Claim = await ClaimAsync(load, MemoryEstimate.Original(load.SizeOf(local)), cancellationToken).ConfigureAwait(false);
        await AwaitEnvironmentAsync(recorder).ConfigureAwait(false);
        var opened = recorder.Begin();
        var original = SessionLoader.OpenOriginal(load.DisplayName, local, settings, spin: context.IsAlone(load.Resolved.Name));
        recorder.End(LoadPhase.Load, opened, "the model's own file");
        return original;
    }

    private void Count(ModelLoad load, Exception failure)
    {
        if (failure is OperationCanceledException)
        {
            // Nobody wants it any more.
            return;
        }

        context.Metrics.LoadFailed(load.Resolved.Name, FailureKinds.Of(failure));
        if (failure is ModelIntegrityException)
        {
            context.Metrics.IntegrityFailed(load.Resolved.Name, load.Resolved.Provider.Name);
        }
    }

    private ValueTask<MemoryClaim> ClaimAsync(ModelLoad load, MemoryNeed need, CancellationToken cancellationToken)
    {
        load.Need = need;
        return memory.ClaimAsync(load.DisplayName, load.Digest, load.Route.Settings, need, cancellationToken);
    }

    private async Task AwaitEnvironmentAsync(LoadRecorder recorder)
    {
        var begun = recorder.Begin();
        await sessions.EnvironmentCreated.ConfigureAwait(false);
        recorder.End(LoadPhase.Environment, begun);
    }

    /// <summary>A model whose inputs cannot be made up still serves; that nobody tried it shows as degraded, with the hint to give.</summary>
    private void FirstRun(ModelLoad load, ServedModel served, TieredSession first, CancellationToken cancellationToken)
    {
        var session = first.Opened.Session;
        if (load.Route.Options.Warmup.Iterations > 0)
        {
            Enter(load.Route, ModelState.Warming);
            try
            {
                load.Inputs = WarmupRunner.CreateInputs(load.DisplayName, session, load.Hints, load.Samples);
                load.Recorder.Add(LoadPhase.FirstRun, warmup.RunOnce(load.DisplayName, session, load.Inputs, LoadPhase.FirstRun));
            }
            catch (ModelLoadException e)
            {
                load.GiveUpInputs();
                served.Degrade(e.Message);
            }
        }

        if (load.Samples is { Count: > 0 })
        {
            // A version that answers wrongly is worse than none, also where nothing else serves yet.
            var begun = load.Recorder.Begin();
            served.DegradeIf(CandidateGate.CheckAnswers(load.DisplayName, session, load.Samples, load.Hints, load.Route.Options, cancellationToken));
            load.Recorder.End(LoadPhase.Validate, begun);
        }
    }

    private void Enter(ModelRoute route, ModelState state)
    {
        route.Enter(state);
        context.Changed();
    }
}
