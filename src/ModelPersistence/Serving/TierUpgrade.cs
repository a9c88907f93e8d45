using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Sessions;

namespace ModelPersistence.Serving;

/// <summary>
/// Everything that happens behind a model's start: opening and warming tier 1, swapping it in, hashing what was served unhashed. One model at a time, so that serving keeps its cores. Whatever fails, the session that serves goes on serving.
/// </summary>
internal sealed class TierUpgrade(
    ModelResolver resolver,
    DeferredCheck deferred,
    SecondTier secondTier,
    SessionLoader sessions,
    WarmupRunner warmup,
    MemoryAdmission memory,
    ServingContext context,
    ModelManagementOptions options) : IDisposable
{
    // The requests that waited for the model come first: opening the second tier would take the cores from them.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _one = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _running = [];

    /// <param name="load">The load behind which this happens.</param>
    /// <param name="served">What it made.</param>
    /// <param name="first">The session that serves.</param>
    /// <param name="distrust">Is told when what serves turned out to be wrong.</param>
    /// <param name="grace">Whether requests that waited for the model go first.</param>
    public void Begin(ModelLoad load, ServedModel served, TieredSession first, Action<ModelIntegrityException> distrust, bool grace)
    {
        var work = Task.Run(() => RunAsync(load, served, first, distrust, grace ? Grace : TimeSpan.Zero, _stopping.Token));
        lock (_gate)
        {
            _running.RemoveWhere(static task => task.IsCompleted);
            _running.Add(work);
        }
    }

    /// <summary>Stops what is under way and waits for it: native work cannot be interrupted, only waited for.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task[] running;
        lock (_gate)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _one.Dispose();
    }

    private async Task RunAsync(ModelLoad load, ServedModel served, TieredSession first, Action<ModelIntegrityException> distrust, TimeSpan grace, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(grace, context.Clock, stopping).ConfigureAwait(false);
            await _one.WaitAsync(stopping).ConfigureAwait(false);
            try
            {
                // What was given up before its turn came needs none of it.
                if (served.IsLive)
                {
                    await UpgradeAndVerifyAsync(load, served, first, stopping).ConfigureAwait(false);
                }

                ServingLog.Settled(context.Logger, served.DisplayName, served.Current?.Tier.ToString() ?? "none", load.Recorder.Timeline);
            }
            finally
            {
                _one.Release();
                load.DropInputs();
                load.Release();
                if (!served.IsLive)
                {
                    load.SecondClaim?.Dispose();
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return;
        }
        catch (WrongBytesServedException e)
        {
            ServingLog.Withdrawn(context.Logger, e.Mismatch, served.DisplayName);
            context.Metrics.IntegrityFailed(served.Name, load.Resolved.Provider.Name);
            distrust(e.Mismatch);
        }
        catch (Exception e)
        {
            ServingLog.UpgradeFailed(context.Logger, e, served.DisplayName, first.Tier.ToString());
            served.Degrade(e.Message);
        }

        served.Settle();
        await CompareAsync(load, stopping).ConfigureAwait(false);
    }

    /// <summary>Last, since far providers may be slow and nobody waits for it.</summary>
    private async Task CompareAsync(ModelLoad load, CancellationToken stopping)
    {
        try
        {
            await resolver.CompareAsync(load.Resolved, stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The host is going down.
            return;
        }
    }

    private async Task UpgradeAndVerifyAsync(ModelLoad load, ServedModel served, TieredSession first, CancellationToken stopping)
    {
        try
        {
            await UpgradeAsync(load, served, first, stopping).ConfigureAwait(false);
        }
        finally
        {
            // Also where the better tier failed: what serves must not stay unhashed for that.
            await deferred.VerifyFilesAsync(load, stopping).ConfigureAwait(false);
            await deferred.VerifyArtifactsAsync(load, stopping).ConfigureAwait(false);
        }
    }

    private async Task UpgradeAsync(ModelLoad load, ServedModel served, TieredSession first, CancellationToken stopping)
    {
        sessions.DropEarly(options.CachePath, load.Route.Reference);
        var second = options.Prepare ? await secondTier.OpenAsync(load, served, first, spin: context.IsAlone(load.Resolved.Name), stopping).ConfigureAwait(false) : null;
        try
        {
            WarmUp(load, served, second, stopping);
        }
        catch
        {
            second?.Opened.Dispose();
            load.SecondClaim?.Dispose();
            throw;
        }

        if (second is null)
        {
            memory.Learn(load.Claim!, served.Digest, load.Route.Settings, load.Need!, load.Measured);
        }
        else
        {
            var begun = load.Recorder.Begin();
            var before = served.Current;
            var isPublished = served.Publish(second.Opened, second.Tier);
            load.Recorder.End(LoadPhase.TierSwap, begun);
            served.MappedBytes = load.SecondNeed!.MappedBytes;
            if (isPublished && load.SecondClaim is { } claim)
            {
                // The first session's memory is free when its last lease is.
                load.SecondClaim = null;
                _ = before!.Disposed.ContinueWith(_ => load.Claim!.TakeOver(claim), CancellationToken.None, TaskContinuationOptions.DenyChildAttach, TaskScheduler.Default);
            }
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
                served.Warmup = warmup.Run(
                    load.DisplayName, opened.Session, inputs, load.Route.Options.Warmup.Iterations, elapsed => context.Metrics.WarmupRan(served.Name, elapsed), stopping);
                load.Recorder.End(LoadPhase.WarmUp, begun);
                context.Metrics.WarmedUp(served.Name, context.Clock.GetElapsedTime(begun));
            }
        }
        finally
        {
            serving?.Release();
        }
    }
}
