using System.Collections.Concurrent;
using ModelPersistence.Startup;

namespace ModelPersistence.Serving.Harness;

/// <summary>Counts what the host says has happened.</summary>
internal sealed class ChangeCounter : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ModelChangeKind, int> _counts = new();
    private readonly ConcurrentDictionary<string, int> _reasons = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _reading;

    public ChangeCounter(IModelStatus status) => _reading = ReadAsync(status.FollowAsync(_stopping.Token));

    /// <summary>Why versions were turned away, each with how often.</summary>
    public IReadOnlyDictionary<string, int> Reasons => _reasons;

    public int this[ModelChangeKind kind] => _counts.GetValueOrDefault(kind);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task ReadAsync(IAsyncEnumerable<ModelChange> changes)
    {
        await foreach (var change in changes)
        {
            _counts.AddOrUpdate(change.Kind, 1, static (_, count) => count + 1);
            if (change is { Kind: ModelChangeKind.Failed, Reason: { } reason })
            {
                // One line for all versions that fail alike.
                _reasons.AddOrUpdate(reason.Replace(change.Version?.ToString() ?? "?", "x", StringComparison.Ordinal), 1, static (_, count) => count + 1);
            }
        }
    }
}
