using System.Collections.Concurrent;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Sessions;

/// <summary>
/// Begins to touch the weights of a model's last start before this start has resolved anything. Only a hint: a mapping is used later
/// when the verified artifact turns out to be the very same file, and dropped otherwise.
/// </summary>
internal sealed class EagerWeights : IDisposable
{
    private readonly ConcurrentDictionary<string, Early> _mappings = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _begun = new(StringComparer.Ordinal);

    /// <summary>Starts a thread for the reference's weights; does nothing the second time, or when the hint leads nowhere.</summary>
    public void Begin(string cachePath, ModelReference reference)
    {
        var hint = StartHint.PathOf(cachePath, reference);
        if (_begun.TryAdd(hint, hint))
        {
            new Thread(() => Touch(hint)) { IsBackground = true, Name = "ModelPersistence early touch" }.Start();
        }
    }

    /// <summary>The mapping of the file, already being touched; null when there is none or the file is not the same any more. The caller owns it.</summary>
    public MappedFile? Take(string path)
    {
        if (!_mappings.TryRemove(path, out var early))
        {
            return null;
        }

        if (early.Identity is { } identity && FileIdentity.TryRead(path) == identity)
        {
            return early.File;
        }

        early.File.Dispose();
        return null;
    }

    public void Dispose()
    {
        foreach (var path in _mappings.Keys)
        {
            if (_mappings.TryRemove(path, out var early))
            {
                early.File.Dispose();
            }
        }
    }

    private void Touch(string hintPath)
    {
        try
        {
            if (StartHint.TryRead(hintPath) is not { } hint)
            {
                return;
            }

            // The identity is read before the mapping: a file replaced in between is then recognized as another one.
            var identity = FileIdentity.TryRead(hint.WeightsPath);
            var file = MappedFile.Open(hint.WeightsPath);
            if (_mappings.TryAdd(hint.WeightsPath, new Early(file, identity)))
            {
                file.Touch(hint.Ranges, CancellationToken.None);
            }
            else
            {
                file.Dispose();
            }
        }
        catch (Exception)
        {
            // Mostly the artifact was moved or removed since, and the load finds out by itself. Whatever it is: this thread has no caller, a
            // fault that leaves it would end the process, and it is only ever a head start.
            return;
        }
    }

    private sealed record Early(MappedFile File, FileIdentity? Identity);
}
