using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Transfer;

/// <summary>
/// Reads chunks of one version from its sources and hands on only those whose hash matched. What fails in a way that may pass is asked for
/// again after a while, a wrong chunk alone and at once; then the next source is asked.
/// </summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class VerifiedReader(ModelManifest manifest, TransferSources sources, TransferSettings settings, TimeProvider time, ILogger logger, TransferMeter meter)
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(5);

    private readonly RangeAttempt _attempt = new(manifest, settings, time, meter);

    private string DisplayName => _attempt.DisplayName;

    /// <summary>Fills a buffer with chunks that follow each other in a file, verified.</summary>
    /// <param name="file">One of the manifest's files.</param>
    /// <param name="firstChunk">The first chunk.</param>
    /// <param name="count">The number of chunks.</param>
    /// <param name="destination">As long as the chunks together.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ModelIntegrityException">No source delivers the right bytes.</exception>
    /// <exception cref="ModelStorageException">The sources failed.</exception>
    public async Task FillAsync(ModelFile file, int firstChunk, int count, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var run = ChunkRun.Whole(file).Skip(firstChunk) with { Count = count, Length = destination.Length };
        using BufferTarget target = new(run, destination);
        try
        {
            await ReadAsync(run, target, target.Hash, cancellationToken).ConfigureAwait(false);
        }
        catch (RangesNotSupportedException)
        {
            await ReadFromStartAsync(file, target, target.Hash, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads a run of chunks.</summary>
    /// <exception cref="RangesNotSupportedException">A source has the file in one piece only; chunks may have been accepted before.</exception>
    /// <exception cref="ModelIntegrityException">No source delivers the right bytes.</exception>
    /// <exception cref="ModelStorageException">The sources failed.</exception>
    public Task ReadAsync(ChunkRun run, IChunkTarget target, IncrementalHash hash, CancellationToken cancellationToken) =>
        ReadAsync(run, fromStart: false, target, hash, cancellationToken);

    /// <summary>Reads a file in one stream from its beginning and takes what the target needs.</summary>
    /// <exception cref="ModelIntegrityException">No source delivers the right bytes.</exception>
    /// <exception cref="ModelStorageException">The sources failed.</exception>
    public Task ReadFromStartAsync(ModelFile file, IChunkTarget target, IncrementalHash hash, CancellationToken cancellationToken)
    {
        var count = file.Chunks.Count;
        while (count > 0 && !target.Needs(count - 1))
        {
            count--;
        }

        return count == 0 ? Task.CompletedTask : ReadAsync(ChunkRun.Of(file, 0, count, 0), fromStart: true, target, hash, cancellationToken);
    }

    private async Task ReadAsync(ChunkRun run, bool fromStart, IChunkTarget target, IncrementalHash hash, CancellationToken cancellationToken)
    {
        ModelPersistenceException? fault = null;
        foreach (var source in sources.Providers)
        {
            var alone = false;
            for (int wrong = 0, failed = 0, farthest = 0; !sources.HasFailed(source);)
            {
                var range = alone && !fromStart ? run.Head() : run;
                var result = await _attempt.RunAsync(source, range, target, hash, cancellationToken).ConfigureAwait(false);
                if (result.Fault is RangesNotSupportedException whole)
                {
                    throw whole;
                }

                if (result.Passed > (fromStart ? farthest : 0))
                {
                    // Attempts are counted for one chunk; this was the first for the one that failed.
                    (wrong, failed) = (0, 0);
                    (farthest, run) = fromStart ? (result.Passed, run) : (0, run.Skip(result.Passed));
                }

                if (result.Fault is null)
                {
                    if (run.Count == 0 || fromStart)
                    {
                        return;
                    }

                    alone = false;
                    continue;
                }

                if (result.WrongChunk is { } chunk)
                {
                    fault = result.Fault;
                    alone = true;
                    wrong++;
                    Log(source, run.File, chunk, wrong, result.Fault);
                    meter.OnRetry();
                    if (wrong >= settings.WrongAttempts)
                    {
                        break;
                    }

                    continue;
                }

                // Wrong bytes say more about the version than a connection that broke.
                fault = fault is ModelIntegrityException ? fault : result.Fault;
                failed++;
                if (!await MayAskAgainAsync(source, run.File, failed, result.Fault, cancellationToken).ConfigureAwait(false))
                {
                    break;
                }
            }
        }

        throw fault ?? new ModelStorageException(
            sources.Providers.Count > 0 ? sources.Providers[0].Name : "store",
            $"File '{run.File.Path}' of model '{DisplayName}' could not be fetched: every source ({sources.Names}) failed before. Check the providers under ModelManagement:Providers.",
            isTransient: true)
        { Model = DisplayName };
    }

    private async ValueTask<bool> MayAskAgainAsync(IStorageProvider source, ModelFile file, int failed, ModelPersistenceException fault, CancellationToken cancellationToken)
    {
        var isThrottled = fault is ModelStorageException { IsThrottled: true };
        if (isThrottled)
        {
            meter.OnThrottled();
        }

        if (!fault.IsTransient || failed >= (isThrottled ? settings.ThrottledAttempts : settings.TransientAttempts))
        {
            if (sources.MarkFailed(source))
            {
                TransferLog.SourceFailed(logger, source.Name, file.Path, DisplayName, fault.Message);
            }

            return false;
        }

        var delay = settings.FirstBackoff == TimeSpan.Zero ? TimeSpan.Zero : Backoff.Delay(failed, fault, settings, Random.Shared.NextDouble());
        TransferLog.AskedAgain(logger, source.Name, file.Path, DisplayName, delay.TotalMilliseconds, failed + 1, fault.Message);
        meter.OnRetry();
        for (var left = delay; left > TimeSpan.Zero; left -= LongestSilence)
        {
            await Task.Delay(left < LongestSilence ? left : LongestSilence, time, cancellationToken).ConfigureAwait(false);

            // Waiting for a source is not being stuck, whatever whoever watches makes of silence.
            meter.OnRetry();
        }

        return true;
    }

    private void Log(IStorageProvider source, ModelFile file, int chunk, int attempt, ModelPersistenceException fault)
    {
        meter.OnWrongBytes(source.Name);
        TransferLog.WrongBytes(
            logger, source.Name, chunk, file.Path, DisplayName, attempt, (fault as ModelIntegrityException)?.Actual?.ToString() ?? "", file.Chunks[chunk].Sha256.ToString());
    }

    /// <summary>A run that is read into one buffer.</summary>
    private sealed class BufferTarget(ChunkRun run, Memory<byte> destination) : IChunkTarget, IDisposable
    {
        private readonly bool[] _accepted = new bool[run.Count];
        private readonly Lazy<byte[]> _elsewhere = new(() => new byte[run.File.Chunks.Max(static chunk => chunk.Length)]);

        public IncrementalHash Hash { get; } = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public bool Needs(int chunk) => chunk >= run.First && chunk < run.End && !_accepted[chunk - run.First];

        public Memory<byte> Place(int chunk) =>
            chunk < run.First || chunk >= run.End
                ? _elsewhere.Value.AsMemory(0, run.File.Chunks[chunk].Length)
                : destination.Slice((int)(ChunkRun.Whole(run.File).Skip(chunk).Offset - run.Offset), run.File.Chunks[chunk].Length);

        public void Accept(int chunk) => _accepted[chunk - run.First] = true;

        public void Dispose() => Hash.Dispose();
    }
}
