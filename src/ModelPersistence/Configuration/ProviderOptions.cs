using ModelPersistence.Repositories;

namespace ModelPersistence.Configuration;

/// <summary>One provider of the chain, as configuration names it.</summary>
public sealed class ProviderOptions
{
    /// <summary>The type of a read-only tree, such as one in a container image.</summary>
    public const string BakedIn = "BakedIn";

    /// <summary>The type of a tree that many hosts read and write.</summary>
    public const string SharedVolume = "SharedVolume";

    /// <summary>The type of a provider that code supplies under <see cref="Name"/>.</summary>
    public const string Custom = "Custom";

    /// <summary>
    /// The kind of provider: <see cref="BakedIn"/>, <see cref="SharedVolume"/>, <see cref="Custom"/>, or that of a registered
    /// <see cref="IStorageProviderFactory"/>: <c>Http</c>, and <c>S3</c> with the package ModelPersistence.Aws.
    /// </summary>
    public string Type { get; set; } = "";

    /// <summary>The name in messages and status, unique in the chain; the type when empty, numbered from the second on.</summary>
    public string Name { get; set; } = "";

    /// <summary>The folder of a directory provider.</summary>
    public string Path { get; set; } = "";

    /// <summary>When its bytes are hashed; null for the type's default (<see cref="VerificationMode.Background"/> for BakedIn, else <see cref="VerificationMode.BeforeUse"/>).</summary>
    public VerificationMode? Verification { get; set; }

    /// <summary>From where the files of a shared volume are mapped.</summary>
    public MapFrom MapFrom { get; set; }

    /// <summary>Whether <c>&lt;model&gt;/&lt;version&gt;/model.onnx</c> without a manifest is read too. Default false.</summary>
    public bool AllowUnmanifested { get; set; }

    /// <summary>What else a provider of a registered type is told, by the names of its own options, for example <c>BucketName</c>.</summary>
    public IDictionary<string, string> Settings { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
}
