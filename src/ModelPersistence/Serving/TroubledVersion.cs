using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>A version that a route wants and cannot have.</summary>
/// <param name="Version">The version.</param>
/// <param name="Standing">Failed or refused; loading where it failed and is being tried again.</param>
/// <param name="Failure">Why; null while it is being tried again.</param>
/// <param name="Digest">The digest it was last found with; null while it was not found, and for plain files.</param>
/// <param name="IsForGood">Whether it failed and nothing but a change can mend it.</param>
internal sealed record TroubledVersion(ModelVersion Version, VersionStanding Standing, Exception? Failure, Sha256Digest? Digest, bool IsForGood);
