using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Store;

namespace ModelPersistence.Tests.Store;

[CancelAfter(60_000)]
internal sealed class VersionFetchTests
{
    [Test]
    public async Task A_repair_does_not_join_a_fetch_that_finds_the_version_there(CancellationToken token)
    {
        await using StoreScene scene = new();
        var model = TestModel.Create();
        var remote = scene.AddRemote(model);
        StoreFolder cache = new(scene.CachePath, "cache", scene.Time, StoreFolderKind.Cache, isNetwork: false);
        FirstFindsItDone locks = new();
        VersionFetch fetch = new(scene.Settings, locks, scene.Time, NullLogger.Instance);

        var looking = fetch.EnsureAsync(new FetchJob(model.Document, cache, [remote]), keepGoing: false, token);
        await locks.FirstAsks.Task.WaitAsync(token);
        var repairing = fetch.RepairAsync(new FetchJob(model.Document, cache, [remote]), keepGoing: false, token);
        locks.Answer.SetResult();
        await repairing;

        Assert.That((await looking).IsHashed, Is.False);
        model.AssertIn(Path.Combine(scene.CachePath, "m", "1.0.0"));
    }

    private sealed class FirstFindsItDone : ICrossProcessLocks
    {
        private int _asked;

        public TaskCompletionSource FirstAsks { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask<HeldLock> AcquireAsync(string path, Func<CancellationToken, ValueTask<bool>> isDone, CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _asked) > 1)
            {
                return new HeldLock(LockOutcome.WithoutLock);
            }

            FirstAsks.SetResult();
            await Answer.Task.WaitAsync(cancellationToken);
            return new HeldLock(LockOutcome.Done);
        }
    }
}
