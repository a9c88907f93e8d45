using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>What serves is not what it should be. Any other integrity fault behind the start concerns only what would have come next.</summary>
internal sealed class WrongBytesServedException(ModelIntegrityException mismatch) : Exception(mismatch.Message, mismatch)
{
    public ModelIntegrityException Mismatch => mismatch;
}
