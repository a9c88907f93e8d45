using ModelPersistence.Models;

namespace ModelPersistence.Integrity;

/// <summary>One verification: threads of its own take pieces of a few chunks until none is left or one is wrong.</summary>
internal sealed class VerifyRun
{
    private const int PieceLength = 8 << 20;

    private readonly string _model;
    private readonly FileSnapshot _snapshot;
    private readonly VerifyOptions _options;
    private readonly List<Piece> _pieces = [];
    private int _next = -1;
    private volatile bool _stopped;

    public VerifyRun(string model, FileSnapshot snapshot, VerifyOptions options)
    {
        (_model, _snapshot, _options) = (model, snapshot, options);
        for (var file = 0; file < snapshot.Files.Count; file++)
        {
            AddPieces(file, snapshot.Files[file].File.Chunks);
        }
    }

    private readonly record struct Piece(int File, long Offset, int FirstChunk, int ChunkCount);

    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        var threads = Math.Clamp(Math.Min(_options.Parallelism, _pieces.Count), 0, 64);
        if (threads == 0)
        {
            return;
        }

        // Threads of their own: hashing keeps a core busy for as long as it takes, and the pool of a small container has only two.
        var work = new Task[threads];
        for (var i = 0; i < threads; i++)
        {
            work[i] = Task.Factory.StartNew(
                () => Work(cancellationToken), cancellationToken, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        }

        try
        {
            await Task.WhenAll(work).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Of several faults the one that says what is wrong with the model.
            var faults = work.Where(static task => task.IsFaulted).Select(static task => task.Exception!.InnerException!).ToList();
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(
                faults.Find(static fault => fault is ModelIntegrityException) ?? faults.FirstOrDefault() ?? new OperationCanceledException(cancellationToken));
        }
    }

    private void AddPieces(int file, IReadOnlyList<ModelChunk> chunks)
    {
        long offset = 0, start = 0;
        var first = 0;
        for (var i = 0; i < chunks.Count; i++)
        {
            offset += chunks[i].Length;
            if (offset - start >= PieceLength || i == chunks.Count - 1)
            {
                _pieces.Add(new Piece(file, start, first, i + 1 - first));
                (start, first) = (offset, i + 1);
            }
        }
    }

    private void Work(CancellationToken cancellationToken)
    {
        using ChunkHasher hasher = new();
        Microsoft.Win32.SafeHandles.SafeFileHandle? handle = null;
        var open = -1;
        try
        {
            while (!_stopped && Interlocked.Increment(ref _next) is var index && index < _pieces.Count)
            {
                var piece = _pieces[index];
                if (piece.File != open)
                {
                    handle?.Dispose();
                    handle = FileGuard.Open(_model, _snapshot.Files[piece.File], _snapshot.Identities[piece.File]);
                    open = piece.File;
                }

                Verify(piece, handle!, hasher, cancellationToken);
            }
        }
        catch
        {
            _stopped = true;
            throw;
        }
        finally
        {
            handle?.Dispose();
        }
    }

    private void Verify(Piece piece, Microsoft.Win32.SafeHandles.SafeFileHandle handle, ChunkHasher hasher, CancellationToken cancellationToken)
    {
        var local = _snapshot.Files[piece.File];
        var offset = piece.Offset;
        for (var i = piece.FirstChunk; i < piece.FirstChunk + piece.ChunkCount && !_stopped; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var chunk = local.File.Chunks[i];
            if (!hasher.TryHash(handle, offset, chunk.Length, out var actual))
            {
                throw FileGuard.Refuse(_model, local, $"is truncated inside chunk {i} at byte {offset}", _options.Remedy);
            }

            if (actual != chunk.Sha256)
            {
                var refusal = FileGuard.Refuse(
                    _model, local, $"is altered: chunk {i} ({chunk.Length} bytes at {offset}) has the digest {actual}, expected {chunk.Sha256}", _options.Remedy);
                throw new ModelIntegrityException(refusal.Message) { Model = _model, File = local.File.Path, Expected = chunk.Sha256, Actual = actual };
            }

            offset += chunk.Length;
            _options.Progress.Add(chunk.Length);
        }
    }
}
