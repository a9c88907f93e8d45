using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>What stood in the way of showing a finished folder; neither: it is shown.</summary>
/// <param name="Existing">The manifest of the version that is there.</param>
/// <param name="IsOccupied">Whether the folder is there, with foreign files and without a manifest.</param>
internal readonly record struct RevealOutcome(ManifestDocument? Existing, bool IsOccupied)
{
    public bool IsShown => Existing is null && !IsOccupied;
}

/// <summary>Shows a finished folder as a version by one rename, which cannot replace a version that is there.</summary>
internal sealed class FolderReveal(DirectoryProvider repository)
{
    private const int MaxAttempts = 5;

    private readonly VolumeIo _io = repository.Io;

    /// <param name="work">The finished folder, manifest included, out of sight on the same volume.</param>
    /// <param name="model">The model.</param>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<RevealOutcome> ShowAsync(string work, string model, ModelVersion version, CancellationToken cancellationToken)
    {
        var place = repository.Layout.Version(model, version);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await _io.RunAsync(() => Show(work, place), $"publish '{place}'", cancellationToken).ConfigureAwait(false))
            {
                return default;
            }

            if (await repository.GetManifestAsync(model, version, cancellationToken).ConfigureAwait(false) is { } existing)
            {
                return new(existing, IsOccupied: false);
            }

            // A folder without a manifest is no version. An empty one gives way; what somebody put there stays.
            if (!await _io.RunAsync(() => TryRemoveEmpty(place), $"publish '{place}'", cancellationToken).ConfigureAwait(false))
            {
                return new(null, IsOccupied: true);
            }
        }

        throw _io.Failure($"publish '{place}'", "the folder keeps appearing and disappearing.", isTransient: true);
    }

    public static bool Show(string work, string place)
    {
        DurableFolder.Create(Path.GetDirectoryName(place)!);
        return DurableFolder.TryPublish(work, place);
    }

    public static void DeleteQuietly(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is out of sight; the outcome of the publication is what counts.
        }
    }

    private static bool TryRemoveEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            return false;
        }
    }
}
