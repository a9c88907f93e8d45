using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Measuring;

namespace ModelPersistence.ColdStart.Child;

/// <summary>The moments of a measured start. The same code ends the measurement on both sides.</summary>
internal sealed class StartClock(long main, ChildOptions options)
{
    private readonly ExpectedOutputs _expected = ExpectedOutputs.Read(options.Expected);
    private long _built;
    private long _load;

    public ExpectedOutputs Expected => _expected;

    /// <summary>The host is built.</summary>
    public void Built() => _built = TimeProvider.System.GetTimestamp();

    /// <summary>The load begins.</summary>
    public void Load() => _load = TimeProvider.System.GetTimestamp();

    /// <summary>The first output is there. Says so when it is right, and ends the process when it is not.</summary>
    public (string Name, object Value)[] Done(IReadOnlyList<OrtValue> outputs)
    {
        var done = TimeProvider.System.GetTimestamp();
        var (difference, ofAllowed) = _expected.Compare(0, outputs);
        if (ofAllowed > 1)
        {
            throw new InvalidOperationException($"The first output is wrong by {difference}, {ofAllowed:0.0} times what is allowed.");
        }

        Announcement.SayReady();
        return
        [
            ("main", TimeProvider.System.GetElapsedTime(main, done).TotalMilliseconds),
            ("built", TimeProvider.System.GetElapsedTime(_built, done).TotalMilliseconds),
            ("load", TimeProvider.System.GetElapsedTime(_load, done).TotalMilliseconds),
        ];
    }
}
