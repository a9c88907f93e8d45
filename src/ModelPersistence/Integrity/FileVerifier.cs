using ModelPersistence.Models;

namespace ModelPersistence.Integrity;

/// <summary>
/// Compares files on disk with their chunks, on all cores. The digest of the whole file needs no pass of its own: the chunks tile the
/// file without gaps (the manifest's rules), each is compared, and the manifest that lists them is itself covered by the digest that
/// names the version. A file whose chunks all match is the described file, byte for byte.
/// </summary>
internal static class FileVerifier
{
    /// <summary>Verifies the files and returns their identities, which held from before the first byte was read until after the last.</summary>
    /// <exception cref="ModelIntegrityException">A file is missing, truncated, too long, altered, a link, or changed meanwhile.</exception>
    public static async Task<FileSnapshot> VerifyAsync(
        string model, IReadOnlyList<LocalFile> files, VerifyOptions options, CancellationToken cancellationToken)
    {
        var missing = files.FirstOrDefault(local => FileIdentity.TryRead(local.FullPath) is null);
        var snapshot = missing is null ? FileSnapshot.TryTake(files, options.Time) : null;
        foreach (var local in files)
        {
            FileGuard.Check(model, local, options.AllowHardLinks, options.Remedy);
        }

        if (snapshot is null)
        {
            throw FileGuard.Refuse(model, missing ?? files[0], "appeared while the model was being verified", "Let the writer finish and try again.");
        }

        VerifyRun run = new(model, snapshot, options);
        await run.ExecuteAsync(cancellationToken).ConfigureAwait(false);
        return snapshot.IsCurrent()
            ? snapshot
            : throw new ModelIntegrityException($"The files of model '{model}' changed while they were being verified ('{files[0].FullPath}'). Let the writer finish and try again.") { Model = model };
    }
}
