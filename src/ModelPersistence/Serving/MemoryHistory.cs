using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Serving;

/// <summary>
/// What loads have taken, by version, settings and kind: in this process, and in a small file for each version in the local cache.
/// Nothing here is worth a failure; without it estimates count. Safe for concurrent use; several processes may share the cache, and the
/// last one to write a version's file wins.
/// </summary>
internal sealed class MemoryHistory(string cachePath, ILogger logger)
{
    private const int MaxFiles = 1000;
    private const int MaxLines = 16;
    private const long MaxFileBytes = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _known = new(StringComparer.Ordinal);
    private readonly string _folder = Path.Combine(cachePath, ".memory");

    /// <summary>What a load in this process has taken. No file is touched.</summary>
    public long? Known(Sha256Digest version, SessionSettings settings, string kind)
    {
        lock (_gate)
        {
            return _known.Count > 0 && _known.TryGetValue(KeyOf(version, settings, kind), out var bytes) ? bytes : null;
        }
    }

    /// <summary>What a load in this or an earlier process has taken; reads a file of the cache.</summary>
    public long? Find(Sha256Digest version, SessionSettings settings, string kind)
    {
        if (Known(version, settings, kind) is { } known)
        {
            return known;
        }

        var line = LineOf(settings, kind);
        return Read(version).Where(entry => entry.Line == line).Select(static entry => (long?)entry.Bytes).FirstOrDefault();
    }

    /// <summary>Remembers what a load has taken. Writes a file, so that it belongs behind the start.</summary>
    public void Record(Sha256Digest version, SessionSettings settings, string kind, long bytes)
    {
        // Garbage that goes while a load is measured makes it look small, so a lower figure is believed by and by.
        var before = Find(version, settings, kind) ?? 0;
        var kept = Math.Max(bytes, before - (before / 8));
        lock (_gate)
        {
            _known[KeyOf(version, settings, kind)] = kept;
        }

        try
        {
            DurableFolder.Create(_folder, ownerOnly: true);
            var line = LineOf(settings, kind);
            var lines = Read(version).Where(entry => entry.Line != line).Prepend((line, kept)).Take(MaxLines)
                .Select(static entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Item1} {entry.Item2}\n"));

            // Renamed whole, but not flushed: a power loss may take it.
            var path = PathOf(version);
            var temporary = DurableFile.TemporaryBeside(path);
            File.WriteAllText(temporary, string.Concat(lines));
            File.Move(temporary, path, overwrite: true);
            DropOldest();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ServingLog.MemoryNotRemembered(logger, e.Message);
        }
    }

    private static string KeyOf(Sha256Digest version, SessionSettings settings, string kind) => $"{version.Hex} {kind} {settings.IntraOpThreads} {settings.KeyText}";

    // Threads count: each has buffers of its own.
    private static string LineOf(SessionSettings settings, string kind) =>
        Sha256Digest.Of(Encoding.UTF8.GetBytes($"{kind} {settings.IntraOpThreads} {settings.KeyText}")).Hex[..32];

    private string PathOf(Sha256Digest version) => Path.Combine(_folder, version.Hex);

    private List<(string Line, long Bytes)> Read(Sha256Digest version)
    {
        List<(string, long)> entries = [];
        try
        {
            FileInfo file = new(PathOf(version));
            if (!file.Exists || file.Length > MaxFileBytes)
            {
                return entries;
            }

            foreach (var text in File.ReadAllLines(file.FullName))
            {
                if (text.Split(' ') is [var line, var number] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
                {
                    entries.Add((line, bytes));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ServingLog.MemoryNotRemembered(logger, e.Message);
        }

        return entries;
    }

    private void DropOldest()
    {
        var files = new DirectoryInfo(_folder).GetFiles();
        foreach (var file in files.OrderByDescending(static file => file.LastWriteTimeUtc).Skip(MaxFiles))
        {
            DurableFile.DeleteQuietly(file.FullName);
        }
    }
}
