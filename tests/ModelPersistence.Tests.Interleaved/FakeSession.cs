using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Tests.Interleaved;

/// <summary>A session that notices when it is used after its end. A run takes a while, in which others go on.</summary>
public sealed class FakeSession
{
    private int _users;

    internal int Disposals { get; private set; }

    internal bool IsInUse => _users > 0;

    internal IReadOnlyList<string> OutputNames => [];

    internal IDisposableReadOnlyCollection<OrtValue> Run(NoOptions options, IReadOnlyCollection<string> names, IReadOnlyCollection<OrtValue> values, IReadOnlyCollection<string> outputs)
    {
        Use();
        return null!;
    }

    internal void Use()
    {
        SlotScene.Require(Disposals == 0, "a session is not used after its end");
        _users++;
        LogicalThread.Wait("in use");
        _users--;
        SlotScene.Require(Disposals == 0, "a session does not end while it is used");
    }

    internal void Dispose() => Disposals++;
}
