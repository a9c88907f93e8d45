using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>
/// Puts one version into a repository. The files are copied out of sight, then a rename shows them together with their manifest: it
/// cannot replace a version that is there, so of two publishers one wins and the other compares.
/// </summary>
internal sealed class PublishVersion(DirectoryProvider repository, Action<PublishStep> reached)
{
    private const int MaxAttempts = 5;

    private readonly RepositoryLayout _layout = repository.Layout;
    private readonly VolumeIo _io = repository.Io;

    /// <param name="wanted">The manifest, its files still missing.</param>
    /// <param name="source">The files.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<(ManifestDocument Document, bool AlreadyThere)> PlaceAsync(ModelManifest wanted, PublishSource source, CancellationToken cancellationToken)
    {
        if (await repository.GetManifestAsync(wanted.Name, wanted.Version, cancellationToken).ConfigureAwait(false) is { } existing)
        {
            return Same(existing, wanted with { Files = await source.DescribeAsync(wanted.Name, cancellationToken).ConfigureAwait(false) });
        }

        var work = Path.Join(_layout.Partials, $"publish-{Guid.NewGuid():n}");
        try
        {
            await new PublishCopy(_io, reached).CopyAsync(wanted.Name, source, work, cancellationToken).ConfigureAwait(false);
            reached(PublishStep.Copied);

            // The copies are described, not the originals: what the manifest says is what lies in the repository.
            var files = await FileDescriber.DescribeAsync(wanted.Name, work, source.Paths, cancellationToken).ConfigureAwait(false);
            var document = ManifestDocument.Create(wanted with { Files = files });
            await _io.RunAsync(() => Write(Path.Join(work, RepositoryLayout.ManifestName), document), $"write to '{work}'", cancellationToken).ConfigureAwait(false);
            reached(PublishStep.Described);
            return await ShowAsync(document, work, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw _io.Failure($"publish '{wanted.Name}' {wanted.Version}", e.Message, isTransient: false, e);
        }
        finally
        {
            DeleteQuietly(work);
        }
    }

    private async Task<(ManifestDocument Document, bool AlreadyThere)> ShowAsync(ManifestDocument document, string work, CancellationToken cancellationToken)
    {
        var manifest = document.Manifest;
        var place = _layout.Version(manifest.Name, manifest.Version);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var shown = await _io.RunAsync(() => Show(work, place), $"publish '{place}'", cancellationToken).ConfigureAwait(false);
            if (shown)
            {
                return (document, false);
            }

            if (await repository.GetManifestAsync(manifest.Name, manifest.Version, cancellationToken).ConfigureAwait(false) is { } existing)
            {
                return Same(existing, manifest);
            }

            // A folder without a manifest is no version. An empty one gives way; what somebody put there stays, and we go in beside it.
            if (!await _io.RunAsync(() => TryRemoveEmpty(place), $"publish '{place}'", cancellationToken).ConfigureAwait(false))
            {
                return await ShowInsideAsync(manifest, work, place, cancellationToken).ConfigureAwait(false);
            }
        }

        throw _io.Failure($"publish '{place}'", "the folder keeps appearing and disappearing.", isTransient: true);
    }

    /// <summary>The version's folder holds foreign files: ours go to a folder in it that only we know, and the manifest names that.</summary>
    private async Task<(ManifestDocument Document, bool AlreadyThere)> ShowInsideAsync(ModelManifest manifest, string work, string place, CancellationToken cancellationToken)
    {
        var folder = $"content-{Guid.NewGuid():n}"[..16];
        var document = ManifestDocument.Create(manifest with { Files = [.. manifest.Files.Select(file => file with { Location = $"{folder}/{file.Path}" })] });
        var inside = Path.Join(place, folder);
        var manifestPath = Path.Join(place, RepositoryLayout.ManifestName);
        File.Delete(Path.Join(work, RepositoryLayout.ManifestName));
        await _io.RunAsync(() => Show(work, inside), $"publish '{inside}'", cancellationToken).ConfigureAwait(false);
        if (await _io.RunAsync(() => PublishExclusive.TryCreate(manifestPath, document.Utf8Json.Span), $"write '{manifestPath}'", cancellationToken).ConfigureAwait(false))
        {
            return (document, false);
        }

        DeleteQuietly(inside);
        return await repository.GetManifestAsync(manifest.Name, manifest.Version, cancellationToken).ConfigureAwait(false) is { } existing
            ? Same(existing, manifest)
            : throw _io.Failure($"publish '{place}'", "its manifest appeared and disappeared.", isTransient: true);
    }

    private (ManifestDocument Document, bool AlreadyThere) Same(ManifestDocument existing, ModelManifest wanted)
    {
        PublishConflict.Check(existing, wanted, repository.Name);
        return (existing, true);
    }

    private static bool Write(string path, ManifestDocument document)
    {
        DurableFile.Write(path, document.Utf8Json.Span);
        return true;
    }

    private static bool Show(string work, string place)
    {
        DurableFolder.Create(Path.GetDirectoryName(place)!);
        return DurableFolder.TryPublish(work, place);
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

    private static void DeleteQuietly(string folder)
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
}
