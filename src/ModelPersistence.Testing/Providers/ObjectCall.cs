namespace ModelPersistence.Testing;

/// <summary>One call of an <see cref="InMemoryObjectStore"/>.</summary>
/// <param name="Kind">The operation.</param>
/// <param name="Key">The object's key; of a listing, the prefix.</param>
public sealed record ObjectCall(ObjectCallKind Kind, string Key);
