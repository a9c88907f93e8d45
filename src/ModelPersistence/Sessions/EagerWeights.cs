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
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Early> _mappings = new(StringComparer.Ordinal);
    private readonly HashSet<string> _tooLate = new(StringComparer.Ordinal);
    private readonly HashSet<string> _begun = new(StringComparer.Ordinal);
    private bool _disposed;

    /// <summary>Starts a thread for the reference's weights; does nothing the second time, or when the hint leads nowhere.</summary>
    public void Begin(string cachePath, ModelReference reference)
    {
        var hint = StartHint.PathOf(cachePath, reference);
        bool begins;
        lock (_gate)
        {
            begins = _begun.Add(hint);
        }

        if (begins)
        {
            new Thread(() => Touch(hint)) { IsBackground = true, Name = "ModelPersistence early touch" }.Start();
        }
    }

    /// <summary>
    /// The mapping of the file, already being touched; null when there is none or the file is not the same any more. The caller owns it.
    /// A file that was asked for once is not mapped early any more: a hint that comes late would keep a mapping that nobody wants.
    /// </summary>
    public MappedFile? Take(string path)
    {
        lock (_gate)
        {
            if (!_mappings.Remove(path, out var early))
            {
                _tooLate.Add(path);
                return null;
            }

            if (early.Identity is { } identity && FileIdentity.TryRead(path) == identity)
            {
                return early.File;
            }

            early.File.Dispose();
            return null;
        }
    }

    /// <summary>Drops what was mapped for a reference that has been loaded without it: its model is another one since the last start.</summary>
    public void Drop(string cachePath, ModelReference reference)
    {
        var hint = StartHint.PathOf(cachePath, reference);
        lock (_gate)
        {
            foreach (var (path, early) in _mappings)
            {
                if (early.HintPath == hint)
                {
                    early.File.Dispose();
                    _mappings.Remove(path);
                    return;
                }
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var early in _mappings.Values)
            {
                early.File.Dispose();
            }

            _mappings.Clear();
            _disposed = true;
        }
    }

    /// <summary>Whether the file is mapped and waits to be taken.</summary>
    internal bool HasMapped(string path)
    {
        lock (_gate)
        {
            return _mappings.ContainsKey(path);
        }
    }

    internal void Touch(string hintPath)
    {
        try
        {
            if (StartHint.TryRead(hintPath) is not { } hint)
            {
                return;
            }

            // No use mark: a file that is deleted under the mapping stays whole in it, and is not found by the load that would take it.
            // The identity is read before the mapping: a file replaced in between is then recognized as another one.
            var identity = FileIdentity.TryRead(hint.WeightsPath);
            var file = MappedFile.Open(hint.WeightsPath);
            if (TryKeep(hint.WeightsPath, new Early(file, identity, hintPath)))
            {
                file.Touch(hint.Ranges, CancellationToken.None);
            }
            else
            {
                file.Dispose();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The artifact was moved or removed since: the load finds out by itself.
            return;
        }
    }

    private bool TryKeep(string path, Early early)
    {
        lock (_gate)
        {
            return !_disposed && !_tooLate.Contains(path) && _mappings.TryAdd(path, early);
        }
    }

    private sealed record Early(MappedFile File, FileIdentity? Identity, string HintPath);
}
