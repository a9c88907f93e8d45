using System.Buffers;
using System.Security.Cryptography;
using ModelPersistence.Models;

namespace ModelPersistence.Integrity;

/// <summary>Describes files on disk the way a manifest does: size, digest and content-defined chunks, in one pass with bounded memory.</summary>
internal static class FileDescriber
{
    private const int MaxParallelFiles = 8;

    /// <summary>Describes the files of a folder.</summary>
    /// <param name="model">The model's name, for messages.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="relativePaths">The files in it, with forward slashes.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ModelIntegrityException">A file is missing, a link, not regular, or changed while it was read.</exception>
    public static async Task<IReadOnlyList<ModelFile>> DescribeAsync(
        string model, string folder, IReadOnlyList<string> relativePaths, CancellationToken cancellationToken)
    {
        var described = new ModelFile[relativePaths.Count];
        ParallelOptions options = new()
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = Math.Min(Environment.ProcessorCount, MaxParallelFiles),
        };
        await Parallel.ForAsync(0, relativePaths.Count, options, (i, token) =>
        {
            var path = relativePaths[i];
            ModelFile unknown = new() { Path = path, Size = 0, Sha256 = default, Chunks = [] };
            described[i] = Describe(model, LocalFile.In(folder, [unknown])[0], token);
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        return described;
    }

    private static ModelFile Describe(string model, LocalFile local, CancellationToken cancellationToken)
    {
        const string Remedy = "Put the file in its place.";
        var size = FileIdentity.TryRead(local.FullPath)?.Size ?? 0;
        var before = FileGuard.Check(model, local with { File = local.File with { Size = size } }, allowHardLinks: true, Remedy);
        using var handle = FileGuard.Open(model, local, before);
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        List<ModelChunk> chunks = [];
        var buffer = ArrayPool<byte>.Shared.Rent(2 * ContentChunker.MaxLength);
        try
        {
            int start = 0, end = 0;
            long read = 0;
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();

                // A cut may depend on all of the longest chunk, so that much is there before the next cut is asked for.
                if (end - start < ContentChunker.MaxLength && read < size)
                {
                    buffer.AsSpan(start, end - start).CopyTo(buffer);
                    (start, end) = (0, end - start);
                    var count = RandomAccess.Read(handle, buffer.AsSpan(end, (int)Math.Min(buffer.Length - end, size - read)), read);
                    if (count == 0)
                    {
                        break;
                    }

                    whole.AppendData(buffer, end, count);
                    (end, read) = (end + count, read + count);
                    continue;
                }

                if (start == end)
                {
                    break;
                }

                var length = ContentChunker.NextLength(buffer.AsSpan(start, end - start));
                chunks.Add(new ModelChunk(length, Sha256Digest.Of(buffer.AsSpan(start, length))));
                start += length;
            }

            return read == size && FileIdentity.Read(handle, local.FullPath) == before
                ? local.File with { Size = size, Sha256 = new Sha256Digest(whole.GetHashAndReset()), Chunks = chunks }
                : throw FileGuard.Refuse(model, local, "changed while it was being read", "Let the writer finish and try again.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
