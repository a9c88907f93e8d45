using ModelPersistence.Preparation;
using ModelPersistence.Runtime;

namespace ModelPersistence.Sessions;

/// <summary>A session with the tier it belongs to.</summary>
/// <param name="Opened">The session; whoever receives this owns it.</param>
/// <param name="Tier">The tier.</param>
/// <param name="Artifact">The artifact it came from, if any.</param>
internal sealed record TieredSession(OpenedSession Opened, SessionTier Tier, PreparedArtifact? Artifact);
