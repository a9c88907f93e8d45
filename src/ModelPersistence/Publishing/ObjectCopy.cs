using System.Text;
using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Transfer;

namespace ModelPersistence.Publishing;

/// <summary>
/// Copies a version into an object store. The manifest's bytes stay the same, so the files go where it says, which may be no place of
/// their own: one copy at a time has the claim to the version, and what is there already is looked at before it is trusted.
/// </summary>
internal sealed class ObjectCopy(ObjectRepository repository, IWritableObjectStore store, ConditionalWrites writes, PublishBackoff backoff, TransferSettings settings, TimeProvider time, ILogger logger)
{
    private const string ClaimName = ".copying";
    private const int ClaimLength = 256;

    /// <inheritdoc cref="IPublishTarget.CopyAsync"/>
    public async Task<CopyOutcome> CopyAsync(ManifestDocument document, IStorageProvider source, CancellationToken cancellationToken)
    {
        var manifest = document.Manifest;
        var claim = ObjectLayout.Version(manifest.Name, manifest.Version) + ClaimName;

        // 1. The claim. Copies of the same digest share it: they write the same bytes to the same places.
        if (!await writes.TryWriteAsync(claim, Encoding.UTF8.GetBytes(document.Digest.ToString()), WriteCondition.Absent, cancellationToken).ConfigureAwait(false))
        {
            await ThrowClaimedAsync(claim, document, cancellationToken).ConfigureAwait(false);
        }

        // 2. Looked at under the claim: whoever had it before may have finished since.
        if (await repository.GetManifestAsync(manifest.Name, manifest.Version, cancellationToken).ConfigureAwait(false) is { } existing)
        {
            await QuietDeletion.RunAsync(store, [claim], time).ConfigureAwait(false);
            CopyConflict.Check(existing, document, repository.Name);
            return new(AlreadyThere: true, 0, 0);
        }

        // 3. The files that are missing. After a failure they stay for the next attempt, and so does the claim.
        var missing = await FindMissingAsync(manifest, claim, cancellationToken).ConfigureAwait(false);
        VerifiedReader reader = new(manifest, new TransferSources([source]), settings, time, logger, new TransferMeter());
        await new ObjectUploads(store, backoff).UploadAsync(
            missing.Select(file => (ObjectLayout.File(manifest, file), (ChunkSource)new RemoteChunks(file, reader))), cancellationToken).ConfigureAwait(false);

        // 4. The manifest: from here on the version exists.
        if (!await writes.TryWriteAsync(ObjectLayout.Manifest(manifest.Name, manifest.Version), document.Utf8Json, WriteCondition.Absent, cancellationToken).ConfigureAwait(false))
        {
            var other = await repository.GetManifestAsync(manifest.Name, manifest.Version, cancellationToken).ConfigureAwait(false)
                ?? throw new ModelStorageException(repository.Name, $"'{manifest.Name}' {manifest.Version} could not be copied to '{repository.Name}': its manifest appeared and disappeared. Copy it again.", isTransient: true) { Model = manifest.Name };
            CopyConflict.Check(other, document, repository.Name);
        }

        await QuietDeletion.RunAsync(store, [claim], time).ConfigureAwait(false);
        var transferred = missing.Sum(static file => file.Size);
        return new(AlreadyThere: false, transferred, manifest.TotalSize - transferred);
    }

    private async Task ThrowClaimedAsync(string claim, ManifestDocument document, CancellationToken cancellationToken)
    {
        var holder = await store.ReadAsync(claim, ClaimLength, cancellationToken).ConfigureAwait(false);
        var digest = holder is null ? "another" : ModelName.Printable(Encoding.UTF8.GetString(holder.Content.Span));
        throw new ModelIntegrityException(
            $"'{document.Manifest.Name}' {document.Manifest.Version} cannot be copied to '{repository.Name}': a copy with {digest} digest is under way there or was given up. Let it finish; if it was given up, delete the objects under '{claim[..^ClaimName.Length]}'.")
        { Model = document.Manifest.Name, File = claim, Expected = document.Digest };
    }

    private async Task<List<ModelFile>> FindMissingAsync(ModelManifest manifest, string claim, CancellationToken cancellationToken)
    {
        var there = await SizesAsync(manifest, cancellationToken).ConfigureAwait(false);
        List<ModelFile> missing = [];
        foreach (var file in manifest.Files)
        {
            var key = ObjectLayout.File(manifest, file);
            if (!there.TryGetValue(key, out var size))
            {
                missing.Add(file);
            }
            else if (size != file.Size || (!PublishId.IsIn(file.StoredAt) && !await IsRightAsync(manifest, key, file, cancellationToken).ConfigureAwait(false)))
            {
                // Nothing of ours is there, so that nothing needs the claim.
                await QuietDeletion.RunAsync(store, [claim], time).ConfigureAwait(false);
                throw new ModelIntegrityException(
                    $"'{manifest.Name}' {manifest.Version} cannot be copied to '{repository.Name}': '{key}' is there with other content, and nothing is overwritten. Move it away, or adopt what is there as a version.")
                { Model = manifest.Name, File = file.Path, Expected = file.Sha256 };
            }
        }

        return missing;
    }

    private async Task<Dictionary<string, long>> SizesAsync(ModelManifest manifest, CancellationToken cancellationToken)
    {
        if (!store.CanList)
        {
            throw new ModelStorageException(
                repository.Name,
                $"'{manifest.Name}' {manifest.Version} cannot be copied to '{repository.Name}': it cannot list what is there, so files could be overwritten. Allow listing, or publish the files with PublishAsync.",
                isTransient: false)
            { Model = manifest.Name };
        }

        Dictionary<string, long> sizes = new(StringComparer.Ordinal);
        var wanted = manifest.Files.Select(file => ObjectLayout.File(manifest, file)).ToHashSet(StringComparer.Ordinal);
        await foreach (var entry in store.ListAsync(ObjectLayout.Version(manifest.Name, manifest.Version), recursive: true, cancellationToken).ConfigureAwait(false))
        {
            if (wanted.Contains(entry.Key))
            {
                sizes[entry.Key] = entry.Size;
            }
        }

        return sizes;
    }

    /// <summary>Whether an object that anybody may have put there has the bytes of the file.</summary>
    private async Task<bool> IsRightAsync(ModelManifest manifest, string key, ModelFile file, CancellationToken cancellationToken)
    {
        var described = await new ObjectDescriber(store, repository.Name, manifest.Name, backoff, settings, time).DescribeAsync("", key, file.Size, cancellationToken).ConfigureAwait(false);
        return described.Sha256 == file.Sha256;
    }
}
