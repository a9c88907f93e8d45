using ModelPersistence.Repositories;

namespace ModelPersistence.Configuration;

/// <summary>One provider of the chain, as configuration names it.</summary>
public sealed class ProviderOptions
{
    /// <summary>The kind of provider: <c>BakedIn</c> or <c>SharedVolume</c>, or a type that another package adds.</summary>
    public string Type { get; set; } = "";

    /// <summary>The name in messages and status; the type and the position when empty.</summary>
    public string Name { get; set; } = "";

    /// <summary>The folder of a directory provider.</summary>
    public string Path { get; set; } = "";

    /// <summary>When its bytes are hashed; null for the type's default (<see cref="VerificationMode.Background"/> for BakedIn, else <see cref="VerificationMode.BeforeUse"/>).</summary>
    public VerificationMode? Verification { get; set; }

    /// <summary>From where the files of a shared volume are mapped.</summary>
    public MapFrom MapFrom { get; set; }

    /// <summary>Whether <c>&lt;model&gt;/&lt;version&gt;/model.onnx</c> without a manifest is read too. Default false.</summary>
    public bool AllowUnmanifested { get; set; }
}
