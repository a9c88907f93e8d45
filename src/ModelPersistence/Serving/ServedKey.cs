namespace ModelPersistence.Serving;

/// <summary>What makes two loads the same: the bytes, and how their session is made.</summary>
internal readonly record struct ServedKey(string Name, string Identity, string Settings)
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
