using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Runtime;

/// <summary>A session together with the memory it stands on. Disposal keeps the order: session, then buffers, then mapping.</summary>
internal sealed class OpenedSession(InferenceSession session, params IReadOnlyList<IDisposable> foundations) : IDisposable
{
    public InferenceSession Session { get; } = session;

    public void Dispose()
    {
        Session.Dispose();
        foreach (var foundation in foundations)
        {
            foundation.Dispose();
        }
    }
}
