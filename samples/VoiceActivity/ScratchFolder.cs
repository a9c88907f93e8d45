namespace VoiceActivity;

/// <summary>A temporary folder for repositories and caches, so that the demo begins with nothing and leaves nothing.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("modelpersistence-demo-");

    public string this[string name] => Path.Combine(_folder.FullName, name);

    public void Dispose()
    {
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (IOException)
        {
            // On Windows a file may still be mapped for a moment; the system cleans its temporary folder.
            return;
        }
    }
}
