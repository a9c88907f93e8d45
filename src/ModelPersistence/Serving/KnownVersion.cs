using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>How far a version is. A class, since a start would have to compile collections of an enum of our own.</summary>
internal sealed record KnownVersion(ModelVersion Version, VersionStanding Standing);
