using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Runtime;

/// <summary>A session together with the memory it stands on. Disposal keeps the order: session, then buffers, then mapping.</summary>
internal sealed class OpenedSession(InferenceSession session, params IReadOnlyList<IDisposable> foundations) : IDisposable
{
    public InferenceSession Session { get; } = session;

    /// <summary>The settings it was really opened with: of the providers that were asked for, those that work here.</summary>
    public SessionSettings Settings { get; init; } = SessionSettings.Default;

    /// <summary>The provider in use. What it cannot run is run by those that follow it, the processor last.</summary>
    public string ExecutionProvider => Settings.ExecutionProviders[0];

    /// <summary>Why the providers that come before it in the host's list are not in use.</summary>
    public IReadOnlyList<string> FallbackReasons => Settings.Fallbacks;

    public void Dispose()
    {
        Session.Dispose();
        foreach (var foundation in foundations)
        {
            foundation.Dispose();
        }
    }
}
