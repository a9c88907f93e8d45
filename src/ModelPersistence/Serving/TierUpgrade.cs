using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Preparation;
using ModelPersistence.Repositories;
using ModelPersistence.Sessions;
using ModelPersistence.Store;

namespace ModelPersistence.Serving;

/// <summary>
/// Everything that happens behind a model's start: hashing what was served unhashed, preparing artifacts, opening and warming tier 1,
/// swapping it in. One model at a time, so that serving keeps its cores. Whatever fails, the session that serves goes on serving.
/// </summary>
internal sealed class TierUpgrade(
    ModelResolver resolver,
    ModelStore store,
    UnmanifestedIndex unmanifested,
    PreparedArtifacts artifacts,
    ModelPreparer preparer,
    SessionLoader sessions,
    WarmupRunner warmup,
    ServingContext context,
    ModelManagementOptions options) : IDisposable
{
    // The requests that waited for the model come first: opening the second tier would take the cores from them.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(200);

    private readonly DeferredCheck _deferred = new(store, artifacts);
    private readonly SemaphoreSlim _one = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private Task _running = Task.CompletedTask;
    private int _begun;

    public void Begin(ModelLoad load, ServedModel served, TieredSession first, Action<ModelIntegrityException> distrust)
    {
        Interlocked.Increment(ref _begun);
        var work = Task.Run(() => RunAsync(load, served, first, distrust, _stopping.Token));
        lock (_gate)
        {
            _running = Task.WhenAll(_running, work);
        }
    }

    /// <summary>Stops what is under way and waits for it: native work cannot be interrupted, only waited for.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task running;
        lock (_gate)
        {
            running = _running;
        }

        await running.ConfigureAwait(false);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _one.Dispose();
    }

    private async Task RunAsync(ModelLoad load, ServedModel served, TieredSession first, Action<ModelIntegrityException> distrust, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(Grace, context.Clock, stopping).ConfigureAwait(false);
            await _one.WaitAsync(stopping).ConfigureAwait(false);
            try
            {
                try
                {
                    await UpgradeAsync(load, served, first, stopping).ConfigureAwait(false);
                }
                finally
                {
                    // Also where the better tier failed: what serves must not stay unhashed for that.
                    await _deferred.VerifyFilesAsync(load, stopping).ConfigureAwait(false);
                    await _deferred.VerifyArtifactsAsync(load, stopping).ConfigureAwait(false);
                }

                await resolver.CompareAsync(load.Resolved, stopping).ConfigureAwait(false);
                ServingLog.Settled(context.Logger, served.DisplayName, served.Current?.Tier.ToString() ?? "none", load.Recorder.Timeline);
            }
            finally
            {
                _one.Release();
                load.DropInputs();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return;
        }
        catch (WrongBytesServedException e)
        {
            ServingLog.Withdrawn(context.Logger, e.Mismatch, served.DisplayName);
            distrust(e.Mismatch);
            load.Route.Fail(e.Mismatch);
            _ = served.WithdrawAsync();
        }
        catch (Exception e)
        {
            ServingLog.UpgradeFailed(context.Logger, e, served.DisplayName, first.Tier.ToString());
            served.Degrade(e.Message);
        }

        served.Settle();
    }

    private async Task UpgradeAsync(ModelLoad load, ServedModel served, TieredSession first, CancellationToken stopping)
    {
        sessions.DropEarly(options.CachePath, load.Route.Reference);
        var second = options.Prepare ? await OpenSecondAsync(load, served, first, stopping).ConfigureAwait(false) : null;
        try
        {
            WarmUp(load, served, second, stopping);
        }
        catch
        {
            second?.Opened.Dispose();
            throw;
        }

        if (second is not null)
        {
            var begun = load.Recorder.Begin();
            served.Publish(second.Opened, second.Tier);
            load.Recorder.End(LoadPhase.TierSwap, begun);
        }

        if (served.Warmup is { } statistics && statistics.P95 > load.Route.Options.Warmup.Target)
        {
            served.Degrade(
                $"The warm-up's 95th percentile is {statistics.P95.TotalMilliseconds:0.0} ms, over the target of {load.Route.Options.Warmup.Target.TotalMilliseconds:0.0} ms (Warmup:Target).");
        }
    }

    /// <summary>The last session is warmed before it is swapped in; where the first one stays, the runs go beside its requests.</summary>
    private void WarmUp(ModelLoad load, ServedModel served, TieredSession? second, CancellationToken stopping)
    {
        // What serves can be withdrawn at any moment, so these runs hold a count of it, as every caller's do.
        var serving = second is null ? served.TryAcquire() : null;
        try
        {
            if (load.Inputs is { } inputs && (second?.Opened ?? serving?.Opened) is { } opened)
            {
                var begun = load.Recorder.Begin();
                served.Warmup = warmup.Run(load.DisplayName, opened.Session, inputs, load.Route.Options.Warmup.Iterations, stopping);
                load.Recorder.End(LoadPhase.WarmUp, begun);
            }
        }
        finally
        {
            serving?.Release();
        }
    }

    /// <summary>Tier 1, prepared first where need be; null when the session that serves is already the best there is.</summary>
    private async Task<TieredSession?> OpenSecondAsync(ModelLoad load, ServedModel served, TieredSession first, CancellationToken stopping)
    {
        var settings = load.Route.Settings;
        if (served.Digest is null && IsNothingWritable(served))
        {
            return null;
        }

        var digest = served.Digest ??= await load.IdentifyAsync(unmanifested, stopping).ConfigureAwait(false);
        load.Portable ??= await PrepareAsync(ArtifactKind.Portable, load, served, digest, stopping).ConfigureAwait(false);
        if (load.Portable is null)
        {
            return null;
        }

        await sessions.RememberAsync(options.CachePath, load.Route.Reference, load.Portable, stopping).ConfigureAwait(false);
        var packed = options.PackedArtifacts ? await TryPackAsync(load, served, digest, stopping).ConfigureAwait(false) : null;

        // Without a saved form the kernels pack the portable one in memory: its weights stay mapped, the original's would be copied.
        var best = packed ?? load.Portable;

        var begun = load.Recorder.Begin();
        TieredSession? second = null;
        if (best is { Form: not ArtifactForm.Original })
        {
            second = sessions.OpenPacked(load.DisplayName, best, settings, SpinningSuits());
        }
        else if (first.Tier == SessionTier.Mapped)
        {
            // Mapped opens fast but runs slowly: where no packed form holds, the model's own file is the better second tier.
            var local = await load.MakeLocalAsync(store, null, stopping).ConfigureAwait(false);
            second = SessionLoader.OpenOriginal(load.DisplayName, local, settings, SpinningSuits());
        }

        if (second is not null)
        {
            load.Recorder.End(LoadPhase.Load, begun, "second tier");
        }

        return second;
    }

    /// <summary>Null when the packed artifact cannot be saved: the first tier is no place to stay.</summary>
    private async Task<PreparedArtifact?> TryPackAsync(ModelLoad load, ServedModel served, Sha256Digest digest, CancellationToken stopping)
    {
        try
        {
            return await PrepareAsync(ArtifactKind.Packed, load, served, digest, stopping).ConfigureAwait(false);
        }
        catch (ModelPersistenceException e)
        {
            served.Degrade(e.Message);
            return null;
        }
    }

    private async Task<PreparedArtifact?> PrepareAsync(ArtifactKind kind, ModelLoad load, ServedModel served, Sha256Digest digest, CancellationToken stopping)
    {
        var settings = load.Route.Settings;
        var begun = load.Recorder.Begin();
        if (await artifacts.FindAsync(kind, digest, settings, stopping).ConfigureAwait(false) is { } found)
        {
            load.Artifacts.Add(found);
            return found;
        }

        if (IsNothingWritable(served))
        {
            return null;
        }

        if (load.RefusesInputs)
        {
            // Without inputs nothing can be compared with the original. The first run has said which hint to give.
            return null;
        }

        var local = await load.MakeLocalAsync(store, null, stopping).ConfigureAwait(false);
        await _deferred.VerifyFilesAsync(load, stopping).ConfigureAwait(false);
        begun = load.Recorder.Begin();
        var prepared = await preparer.PrepareAsync(kind, local, digest, settings, load.Hints, load.Samples, stopping).ConfigureAwait(false);
        load.Recorder.End(LoadPhase.Prepare, begun, $"{kind}: {prepared.Form}");
        return prepared;
    }

    private bool IsNothingWritable(ServedModel served)
    {
        if (store.WhyNothingWritable() is not { } reason)
        {
            return false;
        }

        served.Degrade($"No prepared artifact can be saved, so every start loads the model's own file: {reason}");
        return true;
    }

    private bool SpinningSuits() => Volatile.Read(ref _begun) == 1;
}
