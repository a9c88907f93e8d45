namespace ModelPersistence.AspNetCore.Inference;

/// <summary>An output that a request names.</summary>
internal readonly record struct RequestedOutput(string Name, bool IsBase64);
