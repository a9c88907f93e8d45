namespace ModelPersistence.Preparation;

/// <summary>A form of an artifact does not hold for this model. Caught by the ladder, which records the reason and tries the next form.</summary>
internal sealed class RungRefusedException(string reason, Exception? innerException = null) : Exception(reason, innerException);
