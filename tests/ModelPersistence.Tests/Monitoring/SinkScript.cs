using ModelPersistence.Monitoring;

namespace ModelPersistence.Tests.Monitoring;

/// <summary>A sink that a test holds up, lets fail, or waits for.</summary>
internal sealed class SinkScript : IAlertSink
{
    private readonly Lock _gate = new();
    private readonly List<Alert> _taken = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Awaited by each delivery before it is taken.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public Exception? Failure { get; set; }

    /// <summary>What was begun with, taken or not.</summary>
    public int Begun { get; private set; }

    public IReadOnlyList<Alert> Taken
    {
        get
        {
            lock (_gate)
            {
                return [.. _taken];
            }
        }
    }

    public async Task SendAsync(Alert alert, CancellationToken cancellationToken)
    {
        Signal(() => Begun++);
        await Gate.WaitAsync(cancellationToken);
        if (Failure is not null)
        {
            throw Failure;
        }

        Signal(() => _taken.Add(alert));
    }

    public async Task UntilAsync(Func<SinkScript, bool> holds, CancellationToken token)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
            }

            if (holds(this))
            {
                return;
            }

            await changed.WaitAsync(token);
        }
    }

    private void Signal(Action change)
    {
        TaskCompletionSource before;
        lock (_gate)
        {
            change();
            before = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        before.SetResult();
    }
}
