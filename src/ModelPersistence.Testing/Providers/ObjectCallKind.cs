namespace ModelPersistence.Testing;

/// <summary>The operations of an object store.</summary>
public enum ObjectCallKind
{
    /// <summary>A small object is read whole.</summary>
    Read,

    /// <summary>A range of an object is opened.</summary>
    Open,

    /// <summary>One page of a listing is asked for.</summary>
    List,

    /// <summary>A small object is written, with or without a condition.</summary>
    Write,

    /// <summary>An object of any size is uploaded.</summary>
    Upload,

    /// <summary>One object is deleted.</summary>
    Delete,
}
