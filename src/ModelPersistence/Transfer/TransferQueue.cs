namespace ModelPersistence.Transfer;

/// <summary>
/// The work of a transfer: runs of files that are open go first, then the next file is opened, so that few files are open at once and none
/// waits for another.
/// </summary>
internal sealed class TransferQueue(IReadOnlyList<IFileTransfer> files)
{
    private readonly Lock _gate = new();
    private readonly Queue<Work> _runs = [];
    private int _nextFile;
    private int _opening;
    private TaskCompletionSource _changed = New();

    /// <param name="File">The file.</param>
    /// <param name="Run">The run to bring; null to open the file and then call <see cref="Opened"/>.</param>
    public sealed record Work(IFileTransfer File, ChunkRun? Run);

    public bool HasRuns
    {
        get
        {
            lock (_gate)
            {
                return _runs.Count > 0 || _nextFile < files.Count;
            }
        }
    }

    /// <summary>The next piece of work, or null when all is taken.</summary>
    public async ValueTask<Work?> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_runs.TryDequeue(out var run))
                {
                    return run;
                }

                if (_nextFile < files.Count)
                {
                    _opening++;
                    return new Work(files[_nextFile++], null);
                }

                if (_opening == 0)
                {
                    return null;
                }

                changed = _changed.Task;
            }

            // A file that is being opened will bring runs.
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Adds the runs of a file that was taken to be opened.</summary>
    public void Opened(IFileTransfer file, IReadOnlyList<ChunkRun> runs)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _opening--;
            foreach (var run in runs)
            {
                _runs.Enqueue(new Work(file, run));
            }

            (changed, _changed) = (_changed, New());
        }

        changed.SetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
