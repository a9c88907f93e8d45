namespace ModelPersistence.Store;

/// <summary>Whose a writable tree is.</summary>
internal enum StoreFolderKind
{
    /// <summary>This host's own: <c>ModelManagement:CachePath</c>.</summary>
    Cache,

    /// <summary>A volume that other hosts write too.</summary>
    Shared,
}
