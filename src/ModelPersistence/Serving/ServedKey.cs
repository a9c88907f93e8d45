namespace ModelPersistence.Serving;

/// <summary>What makes two loads the same: the bytes, and how their session is made. A class, since collections of own structs are compiled at run time.</summary>
internal sealed record ServedKey(string Name, string Identity, string Settings)
{
    public static ServedKey Of(ModelLoad load)
    {
        var settings = load.Route.Settings;
        return new ServedKey(
            load.Resolved.Name,
            load.Digest?.Hex ?? load.Resolved.Unmanifested!.EntryPath,
            $"{settings.IntraOpThreads}/{settings.InterOpThreads};{settings.KeyText}");
    }
}
