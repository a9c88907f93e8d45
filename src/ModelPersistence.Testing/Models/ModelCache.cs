using System.Globalization;
using System.Security.Cryptography;

namespace ModelPersistence.Testing;

/// <summary>
/// The folder of test models of this user. A made model has a note beside it with the recipe, the sizes and the
/// digests; it is used again as long as recipe and sizes agree.
/// </summary>
internal static class ModelCache
{
    public static string Folder
    {
        get
        {
            var root = Environment.GetEnvironmentVariable("MODELPERSISTENCE_CACHE") is { Length: > 0 } own
                ? own
                : Path.Combine(UserCache(), "modelpersistence");
            return Path.Combine(Path.GetFullPath(root), "models");
        }
    }

    public static string GetOrCreate(string name, string recipe, Action<string> save)
    {
        var path = Path.Combine(Folder, name + ".onnx");
        var note = path + ".note";
        if (!IsMade(note, recipe))
        {
            Make(path, note, recipe, save);
        }
        return path;
    }

    /// <summary>The note's first line is the recipe; each other line is a file: digest, size in bytes, name.</summary>
    private static bool IsMade(string note, string recipe)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(note);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        return lines.Length > 1 && lines[0] == recipe && lines.Skip(1).All(IsThere);
    }

    private static bool IsThere(string line) =>
        line.Split(' ', 3) is [_, var size, var name]
        && new FileInfo(Path.Combine(Folder, name)) is { Exists: true } file
        && file.Length.ToString(CultureInfo.InvariantCulture) == size;

    private static void Make(string path, string notePath, string recipe, Action<string> save)
    {
        // 1. Into a folder of its own, on the same volume: two makers at once make the same files and do not meet.
        var folder = Directory.CreateDirectory(Path.Combine(Folder, ".making-" + Guid.NewGuid().ToString("N")));
        try
        {
            save(Path.Combine(folder.FullName, Path.GetFileName(path)));
            var files = folder.GetFiles();
            var lines = files.Select(file => string.Create(CultureInfo.InvariantCulture, $"{Digest(file)} {file.Length} {file.Name}"));
            string[] note = [recipe, .. lines];
            // 2. The note that vouched for an older form goes before the files it vouched for.
            File.Delete(notePath);
            foreach (var file in files)
            {
                file.MoveTo(Path.Combine(Folder, file.Name), overwrite: true);
            }
            // 3. The new note last: without it the files count as not made.
            var draft = Path.Combine(folder.FullName, "note");
            File.WriteAllLines(draft, note);
            File.Move(draft, notePath, overwrite: true);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Digest(FileInfo file)
    {
        using var stream = file.OpenRead();
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string UserCache()
    {
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache)
        {
            return cache;
        }
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length > 0 ? Path.Combine(home, ".cache") : Path.GetTempPath();
    }
}
