using System.Collections.Concurrent;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Preparation;
using ModelPersistence.Repositories;
using ModelPersistence.Sessions;
using ModelPersistence.Store;

namespace ModelPersistence.Serving;

/// <summary>
/// From a route to a served model: resolve, find the prepared artifact or else fetch and verify the files, open, run once, publish.
/// References that come to the same version with the same settings share one served model.
/// </summary>
internal sealed class ModelLoader(
    ModelResolver resolver,
    ModelStore store,
    UnmanifestedIndex unmanifested,
    PreparedArtifacts artifacts,
    SessionLoader sessions,
    WarmupRunner warmup,
    TierUpgrade upgrade,
    OriginWait origin,
    ServingContext context,
    ModelManagementOptions options)
{
    private readonly SingleFlight<ServedKey, ServedModel> _flights = new(context.Clock, options.AbandonAfter, inline: true);
    private readonly ConcurrentDictionary<ServedKey, ServedModel> _served = new();

    // Versions whose files turned out wrong after they had been served are not served again by this process.
    private readonly ConcurrentDictionary<ServedKey, ModelIntegrityException> _distrusted = new();

    private volatile bool _stopped;

    public IEnumerable<ServedModel> Served => _served.Values;

    /// <summary>From here on nothing new is served: what is still loading is given up when it is done.</summary>
    public void Stop() => _stopped = true;

    public async Task<ServedModel> LoadAsync(ModelRoute route, CancellationToken cancellationToken)
    {
        var recorder = new LoadRecorder(context.Clock);
        Enter(route, ModelState.Resolving);
        var begun = recorder.Begin();
        var resolved = await resolver.BeginAsync(route.Reference, cancellationToken).ConfigureAwait(false);
        try
        {
            return await LoadVersionAsync(route, resolved, recorder, begun, cancellationToken).ConfigureAwait(false);
        }
        catch (OriginDisagreesException e)
        {
            return await FollowOriginAsync(route, resolved, e.Version, recorder, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The origin names another version than the one that was begun with. Where that one cannot be had, the one that is known here serves.</summary>
    private async Task<ServedModel> FollowOriginAsync(ModelRoute route, ResolvedModel known, ModelVersion version, LoadRecorder recorder, CancellationToken cancellationToken)
    {
        ServingLog.OriginDisagrees(context.Logger, route.Reference.ToString(), version.ToString(), known.Version.ToString());
        try
        {
            var begun = recorder.Begin();
            var named = await resolver.ResolveAsync(route.Reference, version, cancellationToken).ConfigureAwait(false);
            return await LoadVersionAsync(route, named, recorder, begun, cancellationToken).ConfigureAwait(false);
        }
        catch (ModelPersistenceException e)
        {
            var doubt = $"The origin of '{route.Reference}' names version {version}, which cannot be loaded: {e.Message} Version {known.Version} is served instead.";
            return await LoadVersionAsync(route, known with { Origin = null, Doubts = [.. known.Doubts, doubt] }, recorder, recorder.Begin(), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ServedModel> LoadVersionAsync(ModelRoute route, ResolvedModel resolved, LoadRecorder recorder, long begun, CancellationToken cancellationToken)
    {
        var document = resolved.Document ?? (resolved.Unmanifested is { } bare ? unmanifested.TryGetKnown(bare) : null);
        recorder.End(LoadPhase.Resolve, begun, resolved.Provider.Name);
        var load = new ModelLoad(resolved, document, route, recorder) { OriginAsked = begun };
        var key = ServedKey.Of(load);
        if (_distrusted.TryGetValue(key, out var mismatch))
        {
            throw new ModelIntegrityException(mismatch.Message, mismatch) { Model = mismatch.Model, File = mismatch.File, Expected = mismatch.Expected, Actual = mismatch.Actual };
        }

        while (true)
        {
            try
            {
                var served = await _flights.RunAsync(key, token => OpenAsync(key, load, token), route.IsNamed, cancellationToken).ConfigureAwait(false);
                await origin.ConfirmAsync(load, served, cancellationToken).ConfigureAwait(false);
                return served;
            }
            catch (OriginDisagreesException e) when (!ReferenceEquals(e.Reference, route.Reference))
            {
                // Another reference began this load and was told that it means another version. This one still means this version.
            }
        }
    }

    private async Task<ServedModel> OpenAsync(ServedKey key, ModelLoad load, CancellationToken cancellationToken)
    {
        if (_served.TryGetValue(key, out var shared) && shared.IsLive)
        {
            return shared;
        }

        var served = new ServedModel(load.Resolved.Name, load.Resolved.Version, load.Digest, load.Recorder, context);
        TieredSession? first = null;
        try
        {
            first = await OpenFirstAsync(load, cancellationToken).ConfigureAwait(false);
            FirstRun(load, served, first);
            await origin.AwaitAsync(load, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            load.DropInputs();
            load.Release();
            first?.Opened.Dispose();
            throw;
        }

        served.Publish(first.Opened, first.Tier);
        load.Recorder.Ready();
        _served[key] = served;
        if (_stopped)
        {
            // Looked at after the model was listed: either this load sees the stop, or the stop sees this model.
            _ = served.WithdrawAsync();
            throw new ObjectDisposedException(nameof(IModelProvider), $"The host stopped while model '{load.DisplayName}' was being loaded.");
        }

        ServingLog.Ready(context.Logger, served.DisplayName, first.Tier.ToString(), load.Recorder.Timeline);
        foreach (var doubt in load.Resolved.Doubts)
        {
            served.Degrade(doubt);
        }

        upgrade.Begin(load, served, first, mismatch =>
        {
            _distrusted[key] = mismatch;
            _served.TryRemove(KeyValuePair.Create(key, served));
        });
        return served;
    }

    private async Task<TieredSession> OpenFirstAsync(ModelLoad load, CancellationToken cancellationToken)
    {
        var recorder = load.Recorder;
        var settings = load.Route.Settings;
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
                    return mapped;
                }

                load.Portable = null;
            }
        }

        var local = await load.MakeLocalAsync(store, phase => Enter(load.Route, phase), cancellationToken).ConfigureAwait(false);
        Enter(load.Route, ModelState.Loading);
        await AwaitEnvironmentAsync(recorder).ConfigureAwait(false);
        var opened = recorder.Begin();
        var original = SessionLoader.OpenOriginal(load.DisplayName, local, settings, SpinningSuits());
        recorder.End(LoadPhase.Load, opened, "the model's own file");
        return original;
    }

    private async Task AwaitEnvironmentAsync(LoadRecorder recorder)
    {
        var begun = recorder.Begin();
        await sessions.EnvironmentCreated.ConfigureAwait(false);
        recorder.End(LoadPhase.Environment, begun);
    }

    /// <summary>A model whose inputs cannot be made up still serves; that nobody tried it shows as degraded, with the hint to give.</summary>
    private void FirstRun(ModelLoad load, ServedModel served, TieredSession first)
    {
        if (load.Route.Options.Warmup.Iterations <= 0)
        {
            return;
        }

        Enter(load.Route, ModelState.Warming);
        try
        {
            load.Inputs = WarmupRunner.CreateInputs(load.DisplayName, first.Opened.Session, load.Hints, load.Samples);
            load.Recorder.Add(LoadPhase.FirstRun, warmup.RunOnce(load.DisplayName, first.Opened.Session, load.Inputs, LoadPhase.FirstRun));
        }
        catch (ModelLoadException e)
        {
            load.GiveUpInputs();
            served.Degrade(e.Message);
        }
    }

    /// <summary>Spinning threads gain latency for one session and cost it as soon as there are two.</summary>
    private bool SpinningSuits() => _served.Values.All(static served => !served.IsLive);

    private void Enter(ModelRoute route, ModelState state)
    {
        route.Enter(state);
        context.Changed();
    }
}
