using Microsoft.Extensions.Logging;
using ModelPersistence.Store;

namespace ModelPersistence.Preparation;

/// <summary>The folder an artifact is made in, beside where it will stand. Removed on disposal unless it was published.</summary>
internal sealed class PreparationWorkspace : IDisposable
{
    /// <summary>How every folder begins that is not an artifact: being made, or being removed.</summary>
    public const string Prefix = TreeInventory.WorkspacePrefix;

    private PreparationWorkspace(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>
    /// Whoever holds the key's lock removes what another preparation of the key left: it is nobody's. Without the lock the other one may
    /// still be alive, and its folder stays.
    /// </summary>
    public static PreparationWorkspace Create(string preparedFolder, ArtifactKey key, bool holdsLock, ILogger logger)
    {
        if (holdsLock)
        {
            foreach (var leftover in Directory.EnumerateDirectories(preparedFolder, $"{Prefix}{key.Name}-*"))
            {
                Directory.Delete(leftover, recursive: true);
                PreparationLog.LeftoverRemoved(logger, leftover);
            }
        }

        var folder = Path.Combine(preparedFolder, $"{Prefix}{key.Name}-{Guid.NewGuid():n}");
        Directory.CreateDirectory(folder);
        return new PreparationWorkspace(folder);
    }

    /// <summary>An empty folder for the next form to try.</summary>
    public string Clear()
    {
        foreach (var file in Directory.EnumerateFiles(Folder))
        {
            File.Delete(file);
        }

        return Folder;
    }

    public void Dispose()
    {
        try
        {
            if (Directory.Exists(Folder))
            {
                Directory.Delete(Folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next preparation of the key removes it.
            return;
        }
    }
}
