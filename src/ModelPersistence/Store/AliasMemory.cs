using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Store;

/// <summary>
/// Writes alias documents of far providers into the nearest tree that can be written, where a higher revision is never replaced by a
/// lower one. Readers take the highest revision they find anywhere, so that a write that is lost costs a question at the next start.
/// </summary>
internal sealed class AliasMemory(IReadOnlyList<StoreFolder> targets, TimeSpan volumeTimeout, TimeProvider time, ILogger<AliasMemory> logger) : IAliasMemory, IAsyncDisposable, IDisposable
{
    private readonly Lock _gate = new();
    private Task _writing = Task.CompletedTask;

    public void Remember(AliasDocument document)
    {
        lock (_gate)
        {
            // One after the other, so that the last of this process is the highest.
            _writing = WriteAfterAsync(_writing, document);
        }
    }

    /// <summary>Completes when everything that was to be remembered is written or was given up.</summary>
    public Task WhenWritten()
    {
        lock (_gate)
        {
            return _writing;
        }
    }

    public async ValueTask DisposeAsync() => await WhenWritten().ConfigureAwait(false);

    /// <summary>For containers that are disposed synchronously.</summary>
    public void Dispose() => WhenWritten().GetAwaiter().GetResult();

    private async Task WriteAfterAsync(Task before, AliasDocument document)
    {
        await before.ConfigureAwait(false);
        foreach (var folder in targets)
        {
            try
            {
                var isWritten = await VolumeWatch.RunAsync(
                    token => Task.FromResult(TryWrite(folder, document)),
                    new ReadProgress(),
                    volumeTimeout,
                    time,
                    e => StoreFailure.Stuck(folder.Name, document.Name, folder.Root, volumeTimeout, e),
                    CancellationToken.None).ConfigureAwait(false);
                if (isWritten)
                {
                    return;
                }
            }
            catch (Exception e)
            {
                // Whatever it is: what could not be remembered is asked for again, and what comes after must still be written.
                StoreLog.AliasesNotRemembered(logger, document.Name, folder.Name, e.Message);
            }
        }
    }

    private static bool TryWrite(StoreFolder folder, AliasDocument document)
    {
        if (folder.WhyNotWritable() is not null)
        {
            return false;
        }

        var path = folder.AliasesPath(document.Name);
        if (Known(path, document.Name) >= document.Revision)
        {
            return true;
        }

        folder.Create(Path.GetDirectoryName(path)!);
        DurableFile.Write(path, DocumentReader.Write(document));
        return true;
    }

    private static long Known(string path, string model)
    {
        try
        {
            return DocumentFile.Read(path, model) is { } json ? DocumentReader.ReadAliases(model, json).Revision : -1;
        }
        catch (ModelIntegrityException)
        {
            return -1;
        }
    }
}
