using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>Makes a version of the files that lie in its folder: hashed where they are, then the manifest is created beside them.</summary>
internal sealed class FolderAdoption(DirectoryProvider repository)
{
    private readonly VolumeIo _io = repository.Io;

    /// <inheritdoc cref="IPublishTarget.AdoptAsync"/>
    public async Task<PlacedVersion> AdoptAsync(ModelManifest wanted, string? entry, CancellationToken cancellationToken)
    {
        if (await repository.GetManifestAsync(wanted.Name, wanted.Version, cancellationToken).ConfigureAwait(false) is { } existing)
        {
            return Adoption.Same(existing, wanted, entry, repository.Name);
        }

        var place = repository.Layout.Version(wanted.Name, wanted.Version);
        if (!await _io.RunAsync(() => Directory.Exists(place), $"look at '{place}'", cancellationToken).ConfigureAwait(false))
        {
            throw Adoption.NothingThere(wanted, place, repository.Name);
        }

        // Somebody who adopts the same at this moment may be writing the manifest, under a name of its own at first.
        var found = PublishSource.Read(place, wanted.Name, entry);
        var source = found with { Files = [.. found.Files.Where(static file => !file.Key.StartsWith(RepositoryLayout.ManifestName, StringComparison.Ordinal))] };
        var files = await source.DescribeAsync(wanted.Name, cancellationToken).ConfigureAwait(false);
        var document = ManifestDocument.Create(wanted with { Entry = source.Entry, Files = files });
        var manifestPath = Path.Join(place, RepositoryLayout.ManifestName);
        var created = await _io.RunAsync(
            () =>
            {
                Flush(source);
                RequireUnchanged(wanted.Name, source);
                return ExclusiveFile.TryCreate(manifestPath, document.Utf8Json.Span);
            },
            $"write '{manifestPath}'",
            cancellationToken).ConfigureAwait(false);
        if (created)
        {
            return new(document, AlreadyThere: false);
        }

        return await repository.GetManifestAsync(wanted.Name, wanted.Version, cancellationToken).ConfigureAwait(false) is { } other
            ? PublishConflict.Same(other, document.Manifest, repository.Name)
            : throw _io.Failure($"adopt '{place}'", "its manifest appeared and disappeared.", isTransient: true);
    }

    /// <summary>Whoever put the files there may not have flushed them, and a manifest is about to vouch for them.</summary>
    private static void Flush(PublishSource source)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        foreach (var path in source.Paths.Select(path => PathOf(source, path)))
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            DurableFile.Flush(handle);
        }

        foreach (var folder in source.Paths.Select(path => Path.GetDirectoryName(PathOf(source, path))!).Distinct(StringComparer.Ordinal))
        {
            DurableFolder.Flush(folder);
        }
    }

    private static void RequireUnchanged(string model, PublishSource source)
    {
        foreach (var (path, identity) in source.Files)
        {
            if (FileIdentity.TryRead(PathOf(source, path)) != identity)
            {
                throw PublishEntry.Refuse(model, path, "it changed while it was being read", "Let the writer finish and adopt the folder again.");
            }
        }
    }

    private static string PathOf(PublishSource source, string path) => Path.Join(source.Folder, path.Replace('/', Path.DirectorySeparatorChar));
}
