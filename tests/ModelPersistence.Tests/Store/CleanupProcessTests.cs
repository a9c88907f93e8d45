using ModelPersistence.Store;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Store;

/// <summary>A host that serves and a host that cleans up, as two processes; either is killed.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[TestFixture("cache")]
[TestFixture("volume")]
public sealed class CleanupProcessTests : IDisposable
{
    private readonly string _tree;
    private readonly TemporaryFolder _folder = new();
    private readonly TestModel _old = TestModel.Create(version: "1.0.0", seed: 1);
    private readonly TestModel _new = TestModel.Create(version: "2.0.0", seed: 2);

    public CleanupProcessTests(string tree)
    {
        _tree = tree;
        Directory.CreateDirectory(_folder["volume"]);
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
        _old.AssertIn(_folder[$"{_tree}/m/1.0.0"]);

        await holder.KillAsync(cancellationToken);
        Assert.That(await CleanAsync(cancellationToken), Does.Contain("m/1.0.0=Removed"));
        Assert.That(Directory.Exists(_folder[$"{_tree}/m"]), Is.False);
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

        using (var killed = Start("clean-up", "--max-bytes", "0", "--stop", step))
        {
            await killed.ExpectAsync("reached", cancellationToken);
            await killed.KillAsync(cancellationToken);
        }

        // Whole or not there: never a version with a manifest and without its files.
        foreach (var model in new[] { _old, _new })
        {
            var folder = _folder[$"{_tree}/m/{model.Version}"];
            if (Directory.Exists(folder))
            {
                model.AssertIn(folder);
            }
        }

        using (await HoldAsync(_old, cancellationToken))
        {
            _old.AssertIn(_folder[$"{_tree}/m/1.0.0"]);
        }

        Assert.That(await CleanAsync(cancellationToken), Does.Contain("m/1.0.0=Removed"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Directory.Exists(_folder[$"{_tree}/m"]), Is.False);
            Assert.That(TreeInventory.Folders(_folder[$"{_tree}/.trash"]), Is.Empty);
            Assert.That(TreeInventory.Files(_folder[$"{_tree}/.inuse"]), Is.Empty);
            Assert.That(TreeInventory.Files(_folder[$"{_tree}/.locks"]), Is.Empty);
        }
    }

    [Test]
    public async Task A_process_that_starts_while_another_one_deletes_fetches_anew(CancellationToken cancellationToken)
    {
        using (await HoldAsync(_old, cancellationToken))
        {
        }

        using var deleting = Start("clean-up", "--max-bytes", "0", "--stop", "DeletionBegun");
        await deleting.ExpectAsync("reached", cancellationToken);
        using var holder = await HoldAsync(_old, cancellationToken);
        holder.Go();

        Assert.That(await holder.ReadLineAsync(cancellationToken), Is.EqualTo($"reads {_old.Document.Manifest.Files.MaxBy(static file => file.Size)!.Sha256.Hex}"));
        _old.AssertIn(_folder[$"{_tree}/m/1.0.0"]);
    }

    /// <summary>A process that has the version mapped.</summary>
    private async Task<WorkerProcess> HoldAsync(TestModel model, CancellationToken cancellationToken)
    {
        var holder = Start("hold-version", "--source", _folder["source"], "--model", "m", "--version", model.Version.ToString());
        await holder.ExpectAsync("mapped True", cancellationToken);
        return holder;
    }

    private async Task<string> CleanAsync(CancellationToken cancellationToken)
    {
        using var cleaner = Start("clean-up", "--max-bytes", "0");
        return await cleaner.ExpectAsync("done", cancellationToken);
    }

    private WorkerProcess Start(string verb, params string[] arguments) =>
        new([verb, .. arguments, "--cache", _folder["cache"], .. _tree == "volume" ? ["--volume", _folder["volume"]] : Array.Empty<string>()]);
}
