namespace ModelPersistence.Tests.Testing;

/// <summary>A folder of its own for one test, removed with everything in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("modelpersistence-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
