using ModelPersistence.Store;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Store;

/// <summary>A host that serves and a host that cleans up, as two processes; either is killed.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CleanupProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestModel _old = TestModel.Create(version: "1.0.0", seed: 1);
    private readonly TestModel _new = TestModel.Create(version: "2.0.0", seed: 2);

    public CleanupProcessTests()
    {
        _old.WriteTo(_folder["source"]);
        _new.WriteTo(_folder["source"]);
    }

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task What_another_process_has_mapped_survives_and_goes_when_that_process_is_dead(CancellationToken cancellationToken)
    {
        using var holder = await HoldAsync(_old, cancellationToken);
        using (await HoldAsync(_new, cancellationToken))
        {
        }

        // Also what a process that is gone used just now goes before what is in use since yesterday.
        Assert.That(await CleanAsync(cancellationToken), Does.Contain("m/1.0.0=InUse").And.Contain("m/2.0.0=Removed"));
        holder.Go();
        var weights = _old.Document.Manifest.Files.MaxBy(static file => file.Size)!;
        Assert.That(await holder.ReadLineAsync(cancellationToken), Is.EqualTo($"reads {weights.Sha256.Hex}"));
        _old.AssertIn(_folder["cache/m/1.0.0"]);

        await holder.KillAsync(cancellationToken);
        Assert.That(await CleanAsync(cancellationToken), Does.Contain("m/1.0.0=Removed"));
        Assert.That(Directory.Exists(_folder["cache/m"]), Is.False);
    }

    [TestCase("Claimed")]
    [TestCase("Hidden")]
    [TestCase("Unmarked")]
    [TestCase("DeletionBegun")]
    [TestCase("Deleted")]
    public async Task A_clean_up_killed_at_any_step_leaves_a_tree_that_works_and_the_next_one_finishes(string step, CancellationToken cancellationToken)
    {
        foreach (var model in new[] { _old, _new })
        {
            using var was = await HoldAsync(model, cancellationToken);
        }

        using (WorkerProcess killed = new("clean-up", "--cache", _folder["cache"], "--max-bytes", "0", "--stop", step))
        {
            await killed.ExpectAsync("reached", cancellationToken);
            await killed.KillAsync(cancellationToken);
        }

        // Whole or not there: never a version with a manifest and without its files.
        foreach (var model in new[] { _old, _new })
        {
            var folder = _folder[$"cache/m/{model.Version}"];
            if (Directory.Exists(folder))
            {
                model.AssertIn(folder);
            }
        }

        using (await HoldAsync(_old, cancellationToken))
        {
            _old.AssertIn(_folder["cache/m/1.0.0"]);
        }

        Assert.That(await CleanAsync(cancellationToken), Does.Contain("m/1.0.0=Removed"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Directory.Exists(_folder["cache/m"]), Is.False);
            Assert.That(TreeInventory.Folders(_folder["cache/.trash"]), Is.Empty);
            Assert.That(TreeInventory.Files(_folder["cache/.inuse"]), Is.Empty);
            Assert.That(TreeInventory.Files(_folder["cache/.locks"]), Is.Empty);
        }
    }

    [Test]
    public async Task A_process_that_starts_while_another_one_deletes_fetches_anew(CancellationToken cancellationToken)
    {
        using (await HoldAsync(_old, cancellationToken))
        {
        }

        using WorkerProcess deleting = new("clean-up", "--cache", _folder["cache"], "--max-bytes", "0", "--stop", "DeletionBegun");
        await deleting.ExpectAsync("reached", cancellationToken);
        using var holder = await HoldAsync(_old, cancellationToken);
        holder.Go();

        Assert.That(await holder.ReadLineAsync(cancellationToken), Is.EqualTo($"reads {_old.Document.Manifest.Files.MaxBy(static file => file.Size)!.Sha256.Hex}"));
        _old.AssertIn(_folder["cache/m/1.0.0"]);
    }

    /// <summary>A process that has the version mapped.</summary>
    private async Task<WorkerProcess> HoldAsync(TestModel model, CancellationToken cancellationToken)
    {
        WorkerProcess holder = new("hold-version", "--source", _folder["source"], "--cache", _folder["cache"], "--model", "m", "--version", model.Version.ToString());
        await holder.ExpectAsync("mapped True", cancellationToken);
        return holder;
    }

    private async Task<string> CleanAsync(CancellationToken cancellationToken)
    {
        using WorkerProcess cleaner = new("clean-up", "--cache", _folder["cache"], "--max-bytes", "0");
        return await cleaner.ExpectAsync("done", cancellationToken);
    }
}
