namespace ModelPersistence.Serving;

/// <summary>Who holds how much of the memory budget, and why it is not given back. A snapshot.</summary>
internal sealed record MemoryHolder(string Name, long Bytes, string Why);
