using Microsoft.Extensions.Logging;
using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>Watches one repository tree and sorts out what says something about aliases and versions.</summary>
internal sealed class TreeWatch : IDisposable
{
    private readonly FileSystemWatcher _watcher;
    private readonly DirectoryProvider _provider;
    private readonly Action<string> _touched;
    private readonly Action _lost;
    private readonly ILogger _logger;
    private int _overflowed;

    private TreeWatch(DirectoryProvider provider, Action<string> touched, Action lost, ILogger logger)
    {
        (_provider, _touched, _lost, _logger) = (provider, touched, lost, logger);
        _watcher = new FileSystemWatcher(provider.Layout.Root)
        {
            IncludeSubdirectories = true,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite,
            InternalBufferSize = 64 << 10,
        };
        _watcher.Created += OnEvent;
        _watcher.Changed += OnEvent;
        _watcher.Deleted += OnEvent;
        _watcher.Renamed += OnRenamed;
        _watcher.Error += OnError;
    }

    /// <summary>Null where the tree cannot be watched, which is logged.</summary>
    /// <param name="provider">Whose tree.</param>
    /// <param name="touched">Is told the model whose aliases or versions may have changed.</param>
    /// <param name="lost">Is told that nobody knows what has changed.</param>
    /// <param name="logger">Where failures go.</param>
    public static async Task<TreeWatch?> TryStartAsync(DirectoryProvider provider, Action<string> touched, Action lost, ILogger logger)
    {
        try
        {
            return await provider.Io.RunAsync(Start, $"watch '{provider.Layout.Root}'", CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Whatever it is: a watcher saves waiting and nothing else.
            RepositoryLog.NotWatched(logger, provider.Layout.Root, provider.Name, e.Message);
            return null;
        }

        TreeWatch Start()
        {
            TreeWatch watch = new(provider, touched, lost, logger);
            try
            {
                watch._watcher.EnableRaisingEvents = true;
                return watch;
            }
            catch
            {
                watch.Dispose();
                throw;
            }
        }
    }

    /// <summary>The model that an entry of a tree says something about; null where it is neither an alias document nor a version coming or going.</summary>
    /// <param name="relative">The entry's path below the root.</param>
    /// <param name="isContent">Whether only the entry's content changed, not its being there.</param>
    public static string? ModelOf(string? relative, bool isContent)
    {
        var segments = relative?.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        var matters = segments switch
        {
            [_] => !isContent,
            [_, RepositoryLayout.AliasesName] => true,
            [_, var version] => !isContent && BareTree.VersionOf(version) is not null,
            [_, var version, RepositoryLayout.ManifestName] => BareTree.VersionOf(version) is not null,
            [_, var version, var file] => !isContent && file.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) && BareTree.VersionOf(version) is not null,
            _ => false,
        };
        return matters && ModelName.IsValid(segments![0]) ? segments[0] : null;
    }

    public void Dispose() => _watcher.Dispose();

    private void OnEvent(object sender, FileSystemEventArgs e) => Touch(e.Name, e.ChangeType == WatcherChangeTypes.Changed);

    private void OnRenamed(object sender, RenamedEventArgs e)
    {
        Touch(e.OldName, isContent: false);
        Touch(e.Name, isContent: false);
    }

    private void Touch(string? relative, bool isContent)
    {
        if (ModelOf(relative, isContent) is { } model)
        {
            _touched(model);
        }
    }

    private void OnError(object sender, ErrorEventArgs e)
    {
        var exception = e.GetException();
        if (exception is not InternalBufferOverflowException)
        {
            RepositoryLog.NotWatched(_logger, _provider.Layout.Root, _provider.Name, exception.Message);
            _watcher.Dispose();
        }
        else if (Interlocked.Exchange(ref _overflowed, 1) == 0)
        {
            RepositoryLog.WatchOverflowed(_logger, _provider.Layout.Root, _provider.Name);
        }

        _lost();
    }
}
