using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>A server answered the request for a range with the whole object. The file is then fetched in one stream.</summary>
/// <param name="message">The model, the server, and what to do.</param>
public sealed class RangesNotSupportedException(string message) : ModelPersistenceException(message);
