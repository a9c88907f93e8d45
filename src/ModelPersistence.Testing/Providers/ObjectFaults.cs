using ModelPersistence.Models;

namespace ModelPersistence.Testing;

/// <summary>The faults an object store was told to show, each used once. Safe for concurrent use.</summary>
internal sealed class ObjectFaults(string store)
{
    private readonly Lock _gate = new();
    private readonly List<(Exception? Failure, ObjectCallKind? Kind)> _failing = [];
    private readonly Queue<Exception?> _lost = [];

    public void Fail(int times, Exception? failure, ObjectCallKind? kind)
    {
        lock (_gate)
        {
            _failing.AddRange(Enumerable.Repeat((failure, kind), times));
        }
    }

    public void Lose(int times, Exception? failure)
    {
        lock (_gate)
        {
            for (var i = 0; i < times; i++)
            {
                _lost.Enqueue(failure);
            }
        }
    }

    public void ThrowIfCallFails(ObjectCallKind kind)
    {
        Exception? failure;
        lock (_gate)
        {
            var index = _failing.FindIndex(fault => fault.Kind is null || fault.Kind == kind);
            if (index < 0)
            {
                return;
            }

            failure = _failing[index].Failure;
            _failing.RemoveAt(index);
        }

        throw failure ?? new ModelStorageException(store, $"Object store '{store}' was told to fail by a test.", isTransient: true);
    }

    public void ThrowIfAnswerIsLost()
    {
        Exception? failure;
        lock (_gate)
        {
            if (!_lost.TryDequeue(out failure))
            {
                return;
            }
        }

        throw failure ?? new ModelStorageException(store, $"Object store '{store}' was told to lose an answer by a test.", isTransient: true);
    }
}
