namespace ModelPersistence.Measuring;

/// <summary>The folder of the sources that the running benchmark was built from.</summary>
internal static class RepositoryFolder
{
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "ModelPersistence.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("The harness publishes itself and so must run from its repository: ModelPersistence.sln was not found above the program.");
    }
}
