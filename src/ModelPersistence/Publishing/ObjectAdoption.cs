using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Transfer;

namespace ModelPersistence.Publishing;

/// <summary>Makes a version of the objects that lie under its prefix: read and hashed where they are, then the manifest is created beside them.</summary>
internal sealed class ObjectAdoption(ObjectRepository repository, IWritableObjectStore store, ConditionalWrites writes, PublishBackoff backoff, TransferSettings settings, TimeProvider time)
{
    private const int ParallelFiles = 4;

    /// <inheritdoc cref="IPublishTarget.AdoptAsync"/>
    public async Task<PlacedVersion> AdoptAsync(ModelManifest wanted, string? entry, CancellationToken cancellationToken)
    {
        if (await repository.GetManifestAsync(wanted.Name, wanted.Version, cancellationToken).ConfigureAwait(false) is { } existing)
        {
            return Adoption.Same(existing, wanted, entry, repository.Name);
        }

        var prefix = ObjectLayout.Version(wanted.Name, wanted.Version);
        var found = await FindAsync(wanted, prefix, cancellationToken).ConfigureAwait(false);
        if (found.Count == 0)
        {
            throw Adoption.NothingThere(wanted, prefix, repository.Name);
        }

        wanted = wanted with { Entry = PublishEntry.Find(wanted.Name, prefix, found.Keys, entry) };

        // Everything but the bytes is checked before the first of them is read.
        ManifestRules.Check(wanted with { Files = [.. found.Select(static file => new ModelFile { Path = file.Key, Size = 0, Sha256 = default, Chunks = [] })] });
        var document = ManifestDocument.Create(wanted with { Files = await DescribeAsync(wanted, prefix, found, cancellationToken).ConfigureAwait(false) });
        if (!(await FindAsync(wanted, prefix, cancellationToken).ConfigureAwait(false)).SequenceEqual(found))
        {
            throw PublishEntry.Refuse(wanted.Name, prefix, "files in it came, went or changed while they were being read", "Let the writer finish and adopt the prefix again.");
        }

        if (await writes.TryWriteAsync(ObjectLayout.Manifest(wanted.Name, wanted.Version), document.Utf8Json, WriteCondition.Absent, cancellationToken).ConfigureAwait(false))
        {
            return new(document, AlreadyThere: false);
        }

        return await repository.GetManifestAsync(wanted.Name, wanted.Version, cancellationToken).ConfigureAwait(false) is { } other
            ? PublishConflict.Same(other, document.Manifest, repository.Name)
            : throw new ModelStorageException(repository.Name, $"'{wanted.Name}' {wanted.Version} could not be adopted at '{repository.Name}': its manifest appeared and disappeared. Adopt it again.", isTransient: true) { Model = wanted.Name };
    }

    /// <summary>The files and their sizes. Left out is what is not the version's: names that begin with a dot, the manifest of somebody who adopts the same at this moment, and what publications left behind that never became visible.</summary>
    private async Task<SortedDictionary<string, long>> FindAsync(ModelManifest wanted, string prefix, CancellationToken cancellationToken)
    {
        if (!store.CanList)
        {
            throw PublishEntry.Refuse(wanted.Name, prefix, $"'{repository.Name}' cannot list what is there", "Publish the files with PublishAsync instead.");
        }

        SortedDictionary<string, long> files = new(StringComparer.Ordinal);
        await foreach (var entry in store.ListAsync(prefix, recursive: true, cancellationToken).ConfigureAwait(false))
        {
            var path = entry.Key[prefix.Length..];
            if (path is "" or RepositoryLayout.ManifestName || path.EndsWith('/') || path.StartsWith('.') || path.Contains("/.", StringComparison.Ordinal) || PublishId.IsIn(path))
            {
                continue;
            }

            if (SafePath.WhyUnsafe(path) is { } why)
            {
                throw PublishEntry.Refuse(wanted.Name, ModelName.Printable(path), why, "Rename it.");
            }

            files[path] = entry.Size;
            if (files.Count > ManifestRules.MaxFiles)
            {
                throw PublishEntry.Refuse(wanted.Name, prefix, $"there are more than {ManifestRules.MaxFiles} files", "Only one version belongs there.");
            }
        }

        return files;
    }

    private async Task<ModelFile[]> DescribeAsync(ModelManifest wanted, string prefix, SortedDictionary<string, long> found, CancellationToken cancellationToken)
    {
        var described = new ModelFile[found.Count];
        await Parallel.ForEachAsync(
            found.Select(static (file, index) => (file.Key, file.Value, index)),
            new ParallelOptions { MaxDegreeOfParallelism = ParallelFiles, CancellationToken = cancellationToken },
            async (file, token) =>
            {
                ObjectDescriber describer = new(store, repository.Name, wanted.Name, backoff, settings, time);
                described[file.index] = await describer.DescribeAsync(prefix, file.Key, file.Value, token).ConfigureAwait(false);
            }).ConfigureAwait(false);
        return described;
    }
}
