using System.Runtime.CompilerServices;
using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>Hands out what happens to everybody who follows it. Costs a look at a field while nobody does.</summary>
internal sealed class ChangeFeed(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private volatile ChangeQueue[] _followers = [];

    public void Publish(ModelChangeKind kind, string subject, ModelVersion? version = null, string? reason = null)
    {
        var followers = _followers;
        if (followers.Length == 0)
        {
            return;
        }

        ModelChange change = new(kind, subject, version, reason, clock.GetUtcNow());
        foreach (var follower in followers)
        {
            follower.Add(change);
        }
    }

    /// <summary>How many follow.</summary>
    public int Followers => _followers.Length;

    /// <summary>Everything that happens from the call on, until the token ends it.</summary>
    public IAsyncEnumerable<ModelChange> FollowAsync(CancellationToken cancellationToken)
    {
        // Subscribed by the call, not by the first look at it: what happens in between belongs to the caller too.
        ChangeQueue queue = new();
        lock (_gate)
        {
            _followers = [.. _followers, queue];
        }

        // Also where nobody ever looks at it.
        var end = cancellationToken.UnsafeRegister(_ => Remove(queue), null);
        return ReadAsync(queue, end, cancellationToken);
    }

    private void Remove(ChangeQueue queue)
    {
        lock (_gate)
        {
            _followers = [.. _followers.Where(follower => follower != queue)];
        }
    }

    private async IAsyncEnumerable<ModelChange> ReadAsync(ChangeQueue queue, CancellationTokenRegistration end, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in queue.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return change;
            }
        }
        finally
        {
            end.Unregister();
            Remove(queue);
        }
    }
}
