using ModelPersistence.Repositories;

namespace ModelPersistence.Preparation;

/// <summary>A read-only repository that may carry artifacts, such as models baked into an image.</summary>
/// <param name="Path">The repository's folder, above <c>.prepared</c>.</param>
/// <param name="Verification">When its bytes are hashed.</param>
internal sealed record PreparedRoot(string Path, VerificationMode Verification)
{
    public const string FolderName = ".prepared";

    public string PreparedPath(string key) => System.IO.Path.Combine(Path, FolderName, key);
}
