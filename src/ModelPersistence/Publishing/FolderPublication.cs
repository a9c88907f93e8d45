using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>
/// Puts one version into a repository in a folder. The files are copied out of sight, then a rename shows them together with their
/// manifest: it cannot replace a version that is there, so of two publishers one wins and the other compares.
/// </summary>
internal sealed class FolderPublication(DirectoryProvider repository, Action<PublishStep> reached)
{
    private readonly RepositoryLayout _layout = repository.Layout;
    private readonly VolumeIo _io = repository.Io;

    /// <inheritdoc cref="IPublishTarget.PlaceAsync"/>
    public async Task<PlacedVersion> PlaceAsync(ModelManifest wanted, PublishSource source, CancellationToken cancellationToken)
    {
        if (await repository.GetManifestAsync(wanted.Name, wanted.Version, cancellationToken).ConfigureAwait(false) is { } existing)
        {
            return PublishConflict.Same(existing, wanted with { Files = await source.DescribeAsync(wanted.Name, cancellationToken).ConfigureAwait(false) }, repository.Name);
        }

        var work = Path.Join(_layout.Partials, $"publish-{Guid.NewGuid():n}");
        try
        {
            await new FolderFiles(_io, reached).CopyAsync(wanted.Name, source, work, cancellationToken).ConfigureAwait(false);
            reached(PublishStep.Copied);

            // The copies are described, not the originals: what the manifest says is what lies in the repository.
            var files = await FileDescriber.DescribeAsync(wanted.Name, work, source.Paths, cancellationToken).ConfigureAwait(false);
            var document = ManifestDocument.Create(wanted with { Files = files });
            await _io.RunAsync(() => Write(Path.Join(work, RepositoryLayout.ManifestName), document), $"write to '{work}'", cancellationToken).ConfigureAwait(false);
            reached(PublishStep.Described);
            var outcome = await new FolderReveal(repository).ShowAsync(work, wanted.Name, wanted.Version, cancellationToken).ConfigureAwait(false);
            return outcome switch
            {
                { IsShown: true } => new(document, AlreadyThere: false),
                { Existing: { } other } => PublishConflict.Same(other, document.Manifest, repository.Name),
                _ => await ShowInsideAsync(document.Manifest, work, cancellationToken).ConfigureAwait(false),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw _io.Failure($"publish '{wanted.Name}' {wanted.Version}", e.Message, isTransient: false, e);
        }
        finally
        {
            FolderReveal.DeleteQuietly(work);
        }
    }

    /// <summary>The version's folder holds foreign files: ours go to a folder in it that only we know, and the manifest names that.</summary>
    private async Task<PlacedVersion> ShowInsideAsync(ModelManifest manifest, string work, CancellationToken cancellationToken)
    {
        var place = _layout.Version(manifest.Name, manifest.Version);
        var folder = PublishId.NewFolder();
        var document = ManifestDocument.Create(PublishId.Locate(manifest, folder));
        var inside = Path.Join(place, folder);
        var manifestPath = Path.Join(place, RepositoryLayout.ManifestName);
        File.Delete(Path.Join(work, RepositoryLayout.ManifestName));
        await _io.RunAsync(() => FolderReveal.Show(work, inside), $"publish '{inside}'", cancellationToken).ConfigureAwait(false);
        if (await _io.RunAsync(() => ExclusiveFile.TryCreate(manifestPath, document.Utf8Json.Span), $"write '{manifestPath}'", cancellationToken).ConfigureAwait(false))
        {
            return new(document, AlreadyThere: false);
        }

        FolderReveal.DeleteQuietly(inside);
        return await repository.GetManifestAsync(manifest.Name, manifest.Version, cancellationToken).ConfigureAwait(false) is { } existing
            ? PublishConflict.Same(existing, manifest, repository.Name)
            : throw _io.Failure($"publish '{place}'", "its manifest appeared and disappeared.", isTransient: true);
    }

    private static bool Write(string path, ManifestDocument document)
    {
        DurableFile.Write(path, document.Utf8Json.Span);
        return true;
    }
}
