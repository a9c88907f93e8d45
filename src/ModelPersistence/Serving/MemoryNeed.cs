namespace ModelPersistence.Serving;

/// <summary>What opening a session takes, before it is done.</summary>
/// <param name="Kind">How it is opened; what was measured for one kind says nothing about another.</param>
/// <param name="PrivateBytes">What only this process has of it: claimed from the budget.</param>
/// <param name="MappedBytes">What is mapped from files. The system can take it back, so it is shown but not claimed.</param>
internal sealed record MemoryNeed(string Kind, long PrivateBytes, long MappedBytes);
