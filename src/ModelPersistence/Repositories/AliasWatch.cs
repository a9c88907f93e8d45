using Microsoft.Extensions.Logging;

namespace ModelPersistence.Repositories;

/// <summary>
/// Tells that the aliases or versions of a model have changed in a folder of the chain, the local cache not counted. It is a hint that
/// saves waiting: where a folder cannot be watched, or is written by another host behind a network, the next refresh sees the change.
/// </summary>
/// <remarks>Safe for concurrent use. The watchers are made behind the first call of <see cref="Watch"/>, one for each folder.</remarks>
internal sealed class AliasWatch : IDisposable
{
    /// <summary>What happens within this time is told once, so that a publication is one change and an editor has finished writing.</summary>
    public static readonly TimeSpan Collected = TimeSpan.FromMilliseconds(100);

    private readonly ProviderChain _chain;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly HashSet<string> _models = new(StringComparer.Ordinal);
    private readonly HashSet<string> _pending = new(StringComparer.Ordinal);
    private readonly List<TreeWatch> _trees = [];
    private Task? _starting;
    private bool _isDisposed;

    public AliasWatch(ProviderChain chain, TimeProvider time, ILogger<AliasWatch> logger)
    {
        (_chain, _logger) = (chain, logger);
        _timer = time.CreateTimer(static watch => ((AliasWatch)watch!).Tell(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Raised with the name of a watched model, on a thread of the clock's. Handlers are quick and do not throw.</summary>
    public event Action<string>? Changed;

    /// <summary>Completes when every folder is watched or has turned out not to be watchable; at once while nothing was asked for.</summary>
    public Task WhenWatching
    {
        get
        {
            lock (_gate)
            {
                return _starting ?? Task.CompletedTask;
            }
        }
    }

    /// <summary>Changes of this model are told from here on. Never fails and does not wait.</summary>
    public void Watch(string model)
    {
        lock (_gate)
        {
            _models.Add(model);
            if (!_isDisposed)
            {
                // Behind the caller: a watcher walks through the whole tree first.
                _starting ??= Task.Run(StartAsync);
            }
        }
    }

    /// <summary>Something of the model may have changed.</summary>
    public void Touch(string model)
    {
        lock (_gate)
        {
            if (_models.Contains(model))
            {
                Collect(model);
            }
        }
    }

    /// <summary>Nobody knows what has changed.</summary>
    public void TouchAll()
    {
        lock (_gate)
        {
            foreach (var model in _models)
            {
                Collect(model);
            }
        }
    }

    public void Dispose()
    {
        List<TreeWatch> trees;
        lock (_gate)
        {
            _isDisposed = true;
            trees = [.. _trees];
            _trees.Clear();
            _pending.Clear();
        }

        _timer.Dispose();
        trees.ForEach(static tree => tree.Dispose());
    }

    private async Task StartAsync()
    {
        foreach (var provider in _chain.Providers.OfType<DirectoryProvider>().Where(static provider => !provider.IsCache))
        {
            if (await TreeWatch.TryStartAsync(provider, Touch, TouchAll, _logger).ConfigureAwait(false) is { } tree && !TryAdd(tree))
            {
                tree.Dispose();
            }
        }
    }

    private bool TryAdd(TreeWatch tree)
    {
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _trees.Add(tree);
            }

            return !_isDisposed;
        }
    }

    private void Collect(string model)
    {
        if (_isDisposed)
        {
            return;
        }

        // The time runs from the first event: one that never ends must not put the telling off for ever.
        if (_pending.Count == 0)
        {
            _timer.Change(Collected, Timeout.InfiniteTimeSpan);
        }

        _pending.Add(model);
    }

    private void Tell()
    {
        string[] models;
        lock (_gate)
        {
            models = [.. _pending];
            _pending.Clear();
        }

        foreach (var model in models)
        {
            Changed?.Invoke(model);
        }
    }
}
