namespace ModelPersistence.Integrity;

/// <summary>What a path is, without following a link.</summary>
internal enum FileKind
{
    Regular,
    Folder,
    SymbolicLink,

    /// <summary>A device, a pipe or a socket.</summary>
    Special,
}
