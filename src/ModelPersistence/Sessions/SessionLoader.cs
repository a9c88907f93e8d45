using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Preparation;
using ModelPersistence.Runtime;
using ModelPersistence.Store;

namespace ModelPersistence.Sessions;

/// <summary>Opens the sessions of both tiers.</summary>
internal sealed class SessionLoader(RuntimeEnvironment environment, EagerWeights eager, PreparedArtifacts artifacts, ILogger<SessionLoader> logger)
{
    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);

    public Task EnvironmentCreated => environment.Created;

    /// <summary>
    /// Maps the weights of a portable artifact and begins to touch them, so that the pages are there when the environment is. Null when
    /// the artifact has no weights of its own or they cannot be mapped; opening then says why.
    /// </summary>
    public MappedFile? BeginTouch(PreparedArtifact artifact)
    {
        if (artifact is not { Form: ArtifactForm.ExternalWeights, WeightsPath: { } path })
        {
            return null;
        }

        if (eager.Take(path) is { } early)
        {
            return early;
        }

        try
        {
            var weights = MappedFile.Open(path);
            new Thread(() => weights.Touch(artifact.TouchRanges, CancellationToken.None)) { IsBackground = true, Name = "ModelPersistence touch" }.Start();
            return weights;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Tier 0 from a portable artifact. Null when it does not open: it is then discarded, and the model's own file serves.</summary>
    public TieredSession? TryOpenMapped(string model, PreparedArtifact artifact, SessionSettings settings, MappedFile? weights)
    {
        try
        {
            // Tier 0 lives for moments beside tier 1's loading: spinning threads would take the cores from it.
            var opened = SessionOpener.Open(model, artifact, settings, Packing.None, spin: false, weights);
            return new TieredSession(opened, SessionTier.Mapped, artifact);
        }
        catch (ModelPersistenceException e)
        {
            SessionsLog.ArtifactUnusable(logger, e, model, artifact.Folder);
            artifacts.Discard(artifact);
            return null;
        }
    }

    /// <summary>The model's own file.</summary>
    /// <exception cref="ModelLoadException">The runtime refuses it.</exception>
    /// <exception cref="ModelIntegrityException">It is no model, or its external data is not one of the model's files.</exception>
    public static TieredSession OpenOriginal(string model, LocalModel local, SessionSettings settings, bool spin)
    {
        OriginalCheck.Check(local);
        return new TieredSession(SessionOpener.OpenOriginal(model, local.EntryPath, settings, spin, local.Use), SessionTier.Original, null);
    }

    /// <summary>Tier 1: from the packed artifact, or from the portable one with the kernels packing in memory.</summary>
    /// <exception cref="ModelPersistenceException">It does not open; the artifact is discarded.</exception>
    public TieredSession OpenPacked(string model, PreparedArtifact artifact, SessionSettings settings, bool spin)
    {
        try
        {
            return new TieredSession(SessionOpener.Open(model, artifact, settings, Packing.Kernel, spin), SessionTier.Packed, artifact);
        }
        catch (ModelPersistenceException)
        {
            artifacts.Discard(artifact);
            throw;
        }
    }

    /// <summary>Warns that a model runs on another provider than the host prefers, once for each model and reason.</summary>
    public void ReportFallback(string model, OpenedSession opened)
    {
        if (opened.FallbackReasons.Count > 0)
        {
            var reasons = string.Join("; ", opened.FallbackReasons);
            bool isNews;
            lock (_reported)
            {
                isNews = _reported.Add($"{model}: {reasons}");
            }

            if (isNews)
            {
                SessionsLog.ProviderFallback(logger, model, opened.ExecutionProvider, reasons);
            }
        }
    }

    /// <summary>Lets go of what the last start's hint had mapped and this load did not use.</summary>
    public void DropEarly(string cachePath, ModelReference reference) => eager.Drop(cachePath, reference);

    /// <summary>Remembers what the next start should touch first. Best effort.</summary>
    public async Task RememberAsync(string cachePath, ModelReference reference, PreparedArtifact portable, CancellationToken cancellationToken)
    {
        if (portable is not { Form: ArtifactForm.ExternalWeights, WeightsPath: { } weights })
        {
            return;
        }

        var path = StartHint.PathOf(cachePath, reference);
        try
        {
            if (StartHint.TryRead(path)?.WeightsPath != weights)
            {
                await new StartHint(weights, portable.TouchRanges).WriteAsync(path, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SessionsLog.StartHintNotWritten(logger, e, path);
        }
    }
}
