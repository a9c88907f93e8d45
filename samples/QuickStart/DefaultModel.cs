using System.Runtime.CompilerServices;

/// <summary>
/// Lets the quick start run without an argument: its relative path is then looked for where <c>eng/models.sh</c> puts the models.
/// </summary>
internal static class DefaultModel
{
    [ModuleInitializer]
    internal static void EnterModelCache()
    {
        var cache = Environment.GetEnvironmentVariable("MODELPERSISTENCE_CACHE") is { Length: > 0 } own ? own : Path.Combine(UserCache(), "modelpersistence");
        if (Environment.GetCommandLineArgs().Length == 1 && Directory.Exists(cache))
        {
            Directory.SetCurrentDirectory(cache);
        }
    }

    private static string UserCache() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
}
