namespace ModelPersistence.Configuration;

/// <summary>From where the files of a shared volume are mapped.</summary>
public enum MapFrom
{
    /// <summary><see cref="LocalCopy"/> on network file systems while the cache has room, else <see cref="InPlace"/>.</summary>
    Auto,

    /// <summary>The volume's own files. Losing a network volume can end or hang the process.</summary>
    InPlace,

    /// <summary>A verified copy in the local cache.</summary>
    LocalCopy,
}
