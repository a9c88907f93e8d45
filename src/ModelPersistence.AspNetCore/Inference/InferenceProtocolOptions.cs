namespace ModelPersistence.AspNetCore.Inference;

/// <summary>What the endpoints of the Open Inference Protocol allow. Read once, when they are mapped.</summary>
public sealed class InferenceProtocolOptions
{
    /// <summary>The server's name in its metadata; <c>modelpersistence</c> by default.</summary>
    public string ServerName { get; set; } = "modelpersistence";
}
