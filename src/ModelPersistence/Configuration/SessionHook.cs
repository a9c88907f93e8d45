using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Configuration;

/// <summary>The user's own changes to the session options. Name and version stand for the delegate in the key of prepared artifacts.</summary>
internal sealed record SessionHook(string Name, string Version, Action<SessionOptions> Configure);
