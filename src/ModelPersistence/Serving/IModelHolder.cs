namespace ModelPersistence.Serving;

/// <summary>Somebody who needs models to stay loaded.</summary>
internal interface IModelHolder
{
    /// <summary>Why the model must not be unloaded for its memory, as one word; null where it may.</summary>
    string? KeptAs { get; }

    /// <summary>The model was withdrawn: for a fault, or, without one, for its memory. Called without locks; the hold is gone already.</summary>
    void OnWithdrawn(ServedModel served, Exception? fault);

    /// <summary>The model's runs went worse than they may. Called without locks.</summary>
    void OnTripped(ServedModel served, string reason);
}
