using System.Security.Cryptography;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Transfer;

/// <summary>One attempt to read a run of chunks from one source, hashed piece by piece while the bytes are still in the processor's cache.</summary>
internal sealed class RangeAttempt(ModelManifest manifest, TransferSettings settings, TimeProvider time, TransferMeter meter)
{
    private const int PieceLength = 256 << 10;

    // Within the limit for standing still; less than any line worth the name brings in a second.
    private const int LeastProgress = 4 << 10;

    public string DisplayName { get; } = $"{manifest.Name}:{manifest.Version}";

    /// <summary>What an attempt came to.</summary>
    /// <param name="Passed">How many chunks are behind it: handed on, or brought by somebody else meanwhile.</param>
    /// <param name="Fault">Null when all chunks were right.</param>
    /// <param name="WrongChunk">The chunk that came with other bytes; null for any other fault.</param>
    public sealed record Result(int Passed, ModelPersistenceException? Fault = null, int? WrongChunk = null);

    public async ValueTask<Result> RunAsync(IStorageProvider source, ChunkRun run, IChunkTarget target, IncrementalHash hash, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (passed, isOpen, isAccepting) = (0, false, false);
        Stream? stream = null;
        using StallGuard guard = new(settings.OpenTimeout, time, cancellationToken);
        try
        {
            stream = await source.OpenReadAsync(manifest, run.File, run.Offset, run.Length, guard.Token).ConfigureAwait(false);
            isOpen = true;
            for (var chunk = run.First; chunk < run.End; chunk++)
            {
                var bytes = target.Place(chunk);
                var isNeeded = target.Needs(chunk);
                var (read, sinceArmed) = (0, LeastProgress);
                while (read < bytes.Length)
                {
                    if (sinceArmed >= LeastProgress)
                    {
                        // A source that lets a byte drip now and then stands still, too.
                        guard.Arm(settings.StallTimeout);
                        sinceArmed = 0;
                    }

                    var count = await stream.ReadAsync(bytes.Slice(read, Math.Min(PieceLength, bytes.Length - read)), guard.Token).ConfigureAwait(false);
                    if (count == 0)
                    {
                        break;
                    }

                    meter.OnReceived(count);
                    if (isNeeded && settings.Hash)
                    {
                        hash.AppendData(bytes.Span.Slice(read, count));
                    }

                    (read, sinceArmed) = (read + count, sinceArmed + count);
                }

                // What follows is not the source's to answer for.
                guard.Disarm();
                if (isNeeded)
                {
                    var actual = settings.Hash ? Finish(hash) : run.File.Chunks[chunk].Sha256;
                    if (read < bytes.Length || actual != run.File.Chunks[chunk].Sha256)
                    {
                        return new Result(passed, Wrong(source, run.File, chunk, read, actual), chunk);
                    }

                    isAccepting = true;
                    target.Accept(chunk);
                    isAccepting = false;
                }
                else if (read < bytes.Length)
                {
                    return new Result(passed, Wrong(source, run.File, chunk, read, default), chunk);
                }

                passed++;
            }

            return new Result(passed);
        }
        catch (Exception e) when (!isAccepting)
        {
            // A hash that was begun would spoil the next chunk.
            Finish(hash);
            cancellationToken.ThrowIfCancellationRequested();
            return new Result(passed, Explain(source, run.File, e, guard.Token.IsCancellationRequested, isOpen));
        }
        finally
        {
            if (stream is not null)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static Sha256Digest Finish(IncrementalHash hash)
    {
        Span<byte> digest = stackalloc byte[Sha256Digest.Size];
        hash.GetHashAndReset(digest);
        return new Sha256Digest(digest);
    }

    private ModelIntegrityException Wrong(IStorageProvider source, ModelFile file, int index, int read, Sha256Digest actual)
    {
        var chunk = file.Chunks[index];
        var problem = read < chunk.Length ? $"ends after {read} of {chunk.Length} bytes" : $"has the digest {actual}, expected {chunk.Sha256}";
        return new ModelIntegrityException(
            $"Provider '{source.Name}' delivers file '{file.Path}' of model '{DisplayName}' wrongly: chunk {index} {problem}, {settings.WrongAttempts} times in a row. Publish the version again there, or restore the file.")
        { Model = DisplayName, File = file.Path, Expected = chunk.Sha256, Actual = actual };
    }

    /// <summary>Whatever a provider throws is its failure. Clients report a time-out of their own as a cancellation that nobody asked for.</summary>
    private ModelPersistenceException Explain(IStorageProvider source, ModelFile file, Exception e, bool isStalled, bool isOpen) =>
        e switch
        {
            ModelPersistenceException known => known,
            OperationCanceledException when isStalled => new ModelStorageException(
                source.Name,
                $"Provider '{source.Name}' delivered nothing, or next to nothing, of file '{file.Path}' of model '{DisplayName}' for {(isOpen ? settings.StallTimeout : settings.OpenTimeout).TotalSeconds:0.###} s. Check its connection, or raise ModelManagement:StallTimeout.",
                isTransient: true,
                e)
            { Model = DisplayName },
            _ => new ModelStorageException(
                source.Name,
                $"Provider '{source.Name}' could not deliver file '{file.Path}' of model '{DisplayName}': {e.Message.TrimEnd('.')}. Check the provider and its connection.",
                isTransient: e is IOException or HttpRequestException or TimeoutException or OperationCanceledException,
                e)
            { Model = DisplayName },
        };
}
