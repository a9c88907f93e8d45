namespace ModelPersistence.Repositories;

/// <summary>One line of a listing.</summary>
/// <param name="Key">The object's key; ends with a slash for a folder.</param>
/// <param name="Size">Its size in bytes; 0 for a folder.</param>
public sealed record ObjectEntry(string Key, long Size);
