using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Preparation;
using ModelPersistence.Runtime;
using ModelPersistence.Sessions;
using ModelPersistence.Store;

namespace ModelPersistence.Serving;

/// <summary>Opens tier 1 for a model that serves from tier 0, preparing first what is not there yet.</summary>
internal sealed class SecondTier(
    ModelStore store,
    UnmanifestedIndex unmanifested,
    PreparedArtifacts artifacts,
    ModelPreparer preparer,
    DeferredCheck deferred,
    SessionLoader sessions,
    MemoryAdmission memory,
    ModelManagementOptions options)
{
    /// <param name="load">The load behind which this happens.</param>
    /// <param name="served">What it serves.</param>
    /// <param name="first">The session that serves.</param>
    /// <param name="spin">Whether idle threads may spin: they gain latency for one session and cost it as soon as there are two.</param>
    /// <param name="stopping">Ends the work between two native calls.</param>
    /// <returns>The session; null when the one that serves is already the best there is.</returns>
    public async Task<TieredSession?> OpenAsync(ModelLoad load, ServedModel served, TieredSession first, bool spin, CancellationToken stopping)
    {
        var settings = load.Settings;
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
            if (!TryClaim(load, served, MemoryEstimate.Of(best, Packing.Kernel)))
            {
                return null;
            }

            second = sessions.OpenPacked(load.DisplayName, best, settings, spin);
        }
        else if (first.Tier == SessionTier.Mapped)
        {
            // Mapped opens fast but runs slowly: where no packed form holds, the model's own file is the better second tier.
            var local = await load.MakeLocalAsync(store, null, stopping).ConfigureAwait(false);
            if (!TryClaim(load, served, MemoryEstimate.Original(load.SizeOf(local))))
            {
                return null;
            }

            second = SessionLoader.OpenOriginal(load.DisplayName, local, settings, spin);
        }

        if (second is not null)
        {
            load.Recorder.End(LoadPhase.Load, begun, "second tier");
            sessions.ReportFallback(load.Resolved.Name, second.Opened);
        }

        return second;
    }

    /// <summary>Others are not unloaded for a better tier of this one.</summary>
    private bool TryClaim(ModelLoad load, ServedModel served, MemoryNeed need)
    {
        load.SecondNeed = need;
        load.SecondClaim = memory.Budget.TryClaim($"{load.DisplayName} (second tier)", need.PrivateBytes);
        if (load.SecondClaim is null)
        {
            served.Degrade($"Model '{load.DisplayName}' stays at its first tier for want of memory for the second. Raise ModelManagement:MemoryBudgetBytes.");
        }

        return load.SecondClaim is not null;
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
        var settings = load.Settings;
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
        await deferred.VerifyFilesAsync(load, stopping).ConfigureAwait(false);
        using var claim = memory.Budget.TryClaim($"{load.DisplayName} (preparation)", MemoryEstimate.Preparation(load.SizeOf(local)).PrivateBytes);
        if (claim is null)
        {
            served.Degrade($"Model '{load.DisplayName}' is not prepared for want of memory, so it loads slower than it could. Raise ModelManagement:MemoryBudgetBytes, or prepare it on another host that shares its volume.");
            return null;
        }

        begun = load.Recorder.Begin();
        var prepared = await preparer.PrepareAsync(kind, local, digest, settings, load.Hints, load.Samples, stopping).ConfigureAwait(false);
        load.Recorder.End(LoadPhase.Prepare, begun, $"{kind}: {prepared.Form}");
        load.Artifacts.Add(prepared);
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
}
