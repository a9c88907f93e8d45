using ModelPersistence.Models;
using ModelPersistence.Preparation;
using ModelPersistence.Store;

namespace ModelPersistence.Serving;

/// <summary>Hashes, behind the start, what was served before it was hashed.</summary>
internal sealed class DeferredCheck(ModelStore store, PreparedArtifacts artifacts)
{
    /// <summary>The model's own files. Comes before anything is made from them: later starts would trust an artifact of wrong bytes.</summary>
    /// <exception cref="WrongBytesServedException">The files are not what the manifest says.</exception>
    public async Task VerifyFilesAsync(ModelLoad load, CancellationToken cancellationToken)
    {
        if (load.Deferred is not { } deferred)
        {
            return;
        }

        await RunAsync(load, "deferred", () => store.VerifyDeferredAsync(deferred, cancellationToken)).ConfigureAwait(false);
        load.Confirm();
    }

    /// <summary>The artifacts that came with an image.</summary>
    /// <exception cref="WrongBytesServedException">The files are not what the artifact's document says.</exception>
    public async Task VerifyArtifactsAsync(ModelLoad load, CancellationToken cancellationToken)
    {
        foreach (var artifact in load.Artifacts.Where(static artifact => artifact.Trust == TrustBasis.Deferred))
        {
            await RunAsync(load, $"{artifact.Kind} artifact, deferred", () => artifacts.VerifyAsync(artifact, cancellationToken)).ConfigureAwait(false);
        }
    }

    private static async Task RunAsync(ModelLoad load, string detail, Func<Task> verify)
    {
        var begun = load.Recorder.Begin();
        try
        {
            await verify().ConfigureAwait(false);
        }
        catch (ModelIntegrityException e)
        {
            throw new WrongBytesServedException(e);
        }

        load.Recorder.End(LoadPhase.Verify, begun, detail);
    }
}
