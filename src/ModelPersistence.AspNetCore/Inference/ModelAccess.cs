using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Serving;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>Leases for requests. What can keep a model from serving becomes an error of the protocol that names no file and no provider.</summary>
internal sealed class ModelAccess(IModelProvider models, ExposedModels exposed, InferenceProtocolOptions options, TimeProvider clock, ILogger logger)
{
    private const int RetryAfterLoad = 5;
    private const int RetryAfterFault = 30;

    public ExposedModels Exposed => exposed;

    /// <summary>Whether the model serves now. Loads nothing.</summary>
    /// <exception cref="ProtocolException">There is no such model for clients.</exception>
    public bool IsReady(string name, string? version)
    {
        if (!models.TryGet(exposed.Resolve(name, version), out var lease))
        {
            return false;
        }

        lease.Dispose();
        return true;
    }

    /// <summary>A lease on what a client means by a name and a version. Waits while it is being loaded, as long as the options say.</summary>
    /// <exception cref="ProtocolException">There is none for clients, or it cannot serve now.</exception>
    /// <exception cref="OperationCanceledException">The request was given up.</exception>
    public ValueTask<ModelLease> GetAsync(string name, string? version, HttpContext context) =>
        GetAsync(exposed.Resolve(name, version), version, null, context);

    /// <summary>The same for the reference that was found for the name and the version.</summary>
    /// <exception cref="ProtocolException">There is none for clients, or it cannot serve now.</exception>
    /// <exception cref="OperationCanceledException">The request was given up.</exception>
    public ValueTask<ModelLease> GetAsync(string reference, string? version, string? affinityKey, HttpContext context) =>
        affinityKey is null && models.TryGet(reference, out var lease)
            ? ValueTask.FromResult(Require(lease, version))
            : LoadAsync(reference, version, affinityKey, context.RequestAborted);

    private async ValueTask<ModelLease> LoadAsync(string reference, string? version, string? affinityKey, CancellationToken aborted)
    {
        using CancellationTokenSource timeout = new(options.LoadTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, aborted);
        try
        {
            var lease = affinityKey is null ? models.GetAsync(reference, either.Token) : models.GetAsync(reference, affinityKey, either.Token);
            return Require(await lease.ConfigureAwait(false), version);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            throw ProtocolException.Unavailable($"The model '{reference}' is still being loaded.", RetryAfterLoad);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            // Storage gave up by itself, as HttpClient does when its own time is over.
            throw ProtocolException.Unavailable($"The model '{reference}' could not be loaded in time.", RetryAfterLoad);
        }
        catch (ModelNotFoundException)
        {
            throw ProtocolException.NotFound($"This server has no model '{reference}'.");
        }
        catch (ModelMemoryException e)
        {
            AspNetCoreLog.LoadFailed(logger, e, reference);
            throw ProtocolException.Unavailable($"There is no memory for the model '{reference}' now.", RetryAfterFault);
        }
        catch (ModelPersistenceException e)
        {
            AspNetCoreLog.LoadFailed(logger, e, reference);
            throw ProtocolException.Unavailable($"The model '{reference}' could not be loaded; the server's log says why.", RetryAfterFault);
        }
        catch (ObjectDisposedException)
        {
            throw ProtocolException.Unavailable("The server is shutting down.", RetryAfterLoad);
        }
    }

    private static ModelLease Require(ModelLease lease, string? version)
    {
        if (version is not null && ModelVersion.TryParse(version, out var exact) && lease.Version != exact)
        {
            // A swap came between the look at what serves and the lease.
            lease.Dispose();
            throw ProtocolException.NotFound($"The version '{exact}' of the model is not served any more.");
        }

        return lease;
    }
}
