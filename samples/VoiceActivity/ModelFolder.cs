namespace VoiceActivity;

/// <summary>Where <c>eng/models.sh</c> puts the models.</summary>
internal static class ModelFolder
{
    public static string Find(string file)
    {
        var root = Environment.GetEnvironmentVariable("MODELPERSISTENCE_CACHE") is { Length: > 0 } own ? own : Path.Combine(UserCache(), "modelpersistence");
        var path = Path.Combine(Path.GetFullPath(root), "models", file);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not there. Run eng/models.sh: it fetches the models once.");
    }

    private static string UserCache() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
}
