using System.Buffers;
using System.Security.Cryptography;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Transfer;

namespace ModelPersistence.Publishing;

/// <summary>Describes an object the way a manifest does, read once from end to end with bounded memory. A stream that breaks off or stalls is opened again where it ended.</summary>
internal sealed class ObjectDescriber(IObjectStore store, string provider, string model, PublishBackoff backoff, TransferSettings settings, TimeProvider time)
{
    private const int Attempts = 4;

    /// <exception cref="ModelIntegrityException">The object is shorter than it was listed with.</exception>
    /// <exception cref="ModelStorageException">It could not be read.</exception>
    public async Task<ModelFile> DescribeAsync(string prefix, string path, long size, CancellationToken cancellationToken)
    {
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        List<ModelChunk> chunks = [];
        var buffer = ArrayPool<byte>.Shared.Rent(2 * ContentChunker.MaxLength);
        Stream? stream = null;
        try
        {
            var (start, end, attempt) = (0, 0, 1);
            for (long read = 0; ;)
            {
                // A cut may depend on all of the longest chunk, so that much is there before the next cut is asked for.
                if (end - start >= ContentChunker.MaxLength || read == size)
                {
                    if (start == end)
                    {
                        break;
                    }

                    var length = ContentChunker.NextLength(buffer.AsSpan(start, end - start));
                    chunks.Add(new ModelChunk(length, Sha256Digest.Of(buffer.AsSpan(start, length))));
                    start += length;
                    continue;
                }

                buffer.AsSpan(start, end - start).CopyTo(buffer);
                (start, end) = (0, end - start);
                using StallGuard guard = new(settings.OpenTimeout, time, cancellationToken);
                try
                {
                    stream ??= await store.OpenReadAsync(prefix + path, read, size - read, guard.Token).ConfigureAwait(false);
                    var room = buffer.AsMemory(end, (int)Math.Min(buffer.Length - end, size - read));
                    guard.Arm(settings.StallTimeout);
                    var count = await stream.ReadAsync(room, guard.Token).ConfigureAwait(false);
                    if (count == 0)
                    {
                        throw PublishEntry.Refuse(model, path, $"it ends after {read} of {size} bytes", "Let the writer finish and adopt the prefix again.");
                    }

                    whole.AppendData(buffer, end, count);
                    (end, read, attempt) = (end + count, read + count, 1);
                }
                catch (Exception e) when (MayPass(e, cancellationToken) && attempt < Attempts)
                {
                    await DisposeAsync(stream).ConfigureAwait(false);
                    stream = null;
                    await backoff.WaitAsync(attempt++, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (e is not ModelPersistenceException && MayPass(e, cancellationToken))
                {
                    throw new ModelStorageException(provider, $"'{path}' of model '{model}' could not be read at '{provider}': {(e is OperationCanceledException ? $"nothing came for {settings.StallTimeout.TotalSeconds:0.###} s (ModelManagement:StallTimeout)." : e.Message)} Check the connection and try again.", isTransient: true, e) { Model = model };
                }
            }

            return new ModelFile { Path = path, Size = size, Sha256 = new Sha256Digest(whole.GetHashAndReset()), Chunks = chunks };
        }
        finally
        {
            await DisposeAsync(stream).ConfigureAwait(false);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool MayPass(Exception e, CancellationToken cancellationToken) =>
        e is IOException or HttpRequestException or ModelStorageException { IsTransient: true } || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private static ValueTask DisposeAsync(Stream? stream) => stream?.DisposeAsync() ?? ValueTask.CompletedTask;
}
