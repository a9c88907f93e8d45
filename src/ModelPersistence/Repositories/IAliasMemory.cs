using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>Keeps what a far provider said about aliases, so that the next start knows it without asking.</summary>
internal interface IAliasMemory
{
    /// <summary>Begins to write a document through to the store; never fails.</summary>
    void Remember(AliasDocument document);
}
