using System.Collections.Concurrent;

namespace ModelPersistence.Download.Servers;

/// <summary>The files below a folder, held in memory once asked for.</summary>
internal sealed class ServedFiles(string root)
{
    private readonly ConcurrentDictionary<string, Lazy<ServedFile?>> _files = new(StringComparer.Ordinal);

    public ServedFile? Find(string path) => _files.GetOrAdd(path, path => new Lazy<ServedFile?>(() => Read(Path.Combine(root, path)))).Value;

    private static ServedFile? Read(string path) =>
        File.Exists(path) ? new ServedFile(File.ReadAllBytes(path), $"\"{new FileInfo(path).Length:x}-paced\"", File.GetLastWriteTimeUtc(path)) : null;
}
