namespace ModelPersistence.Tests.Support;

/// <summary>The sources these tests were built from, found upward from where they run.</summary>
internal static class SourceTree
{
    public static string Root { get; } = Find();

    public static IEnumerable<string> SourcesOf(string project) =>
        Directory.EnumerateFiles(Path.Combine(Root, "src", project), "*.cs", SearchOption.AllDirectories)
            .Where(path => Path.GetRelativePath(Path.Combine(Root, "src", project), path).Split(Path.DirectorySeparatorChar)[0] is not ("obj" or "bin"))
            .Order(StringComparer.Ordinal);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ModelPersistence.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"The sources are not above '{AppContext.BaseDirectory}'.");
    }
}
