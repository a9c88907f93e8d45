using System.Runtime.CompilerServices;
using ModelPersistence.Store;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Store;

/// <summary>Marks between users and one who wants to delete, in one process and between two.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class UseMarksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task What_is_in_use_cannot_be_claimed(CancellationToken cancellationToken)
    {
        var marks = Marks();
        var first = await marks.TakeAsync("k", cancellationToken);
        var second = await marks.TakeAsync("k", cancellationToken);
        var third = second.Share();

        var claims = new List<bool> { CanClaim() };
        first.Dispose();
        first.Dispose();
        claims.Add(CanClaim());
        second.Dispose();
        claims.Add(CanClaim());
        third.Dispose();

        Assert.That(claims, Is.All.False);
        Assert.That(CanClaim(), Is.True);
    }

    [Test]
    public async Task Another_user_of_the_same_folder_is_respected(CancellationToken cancellationToken)
    {
        using (await Marks().TakeAsync("k", cancellationToken))
        {
            Assert.That(CanClaim(), Is.False, "the lock on the file, not the memory of one object, decides");
        }

        Assert.That(CanClaim(), Is.True);
    }

    [Test]
    public async Task Whoever_comes_during_a_deletion_waits_for_its_end_and_marks_anew(CancellationToken cancellationToken)
    {
        var marks = Marks();
        var claim = marks.TryClaim("k", create: true)!;
        var taking = marks.TakeAsync("k", cancellationToken).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.That(taking.IsCompleted, Is.False);

        claim.DeleteFile();
        _time.Advance(TimeSpan.FromMilliseconds(100));
        using var use = await taking;

        Assert.That((use.IsHeld, File.Exists(marks.PathOf("k")), CanClaim()), Is.EqualTo((true, true, false)));
    }

    [Test]
    public async Task Somebody_who_deletes_and_stands_still_holds_nobody_up(CancellationToken cancellationToken)
    {
        using var claim = Marks().TryClaim("k", create: true)!;
        var taking = Marks().TakeAsync("k", cancellationToken).AsTask();
        while (!taking.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.That((await taking).IsHeld, Is.False);
    }

    [Test]
    public async Task A_mark_that_is_held_is_never_one_whose_file_was_just_deleted(CancellationToken cancellationToken)
    {
        const int Rounds = 3000;
        var (marks, others) = (Marks(), Marks());
        var deleting = Task.Run(() =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                using var claim = others.TryClaim("k", create: true);
                claim?.DeleteFile();
            }
        }, cancellationToken);
        var wrong = 0;
        while (!deleting.IsCompleted)
        {
            var taking = marks.TakeAsync("k", cancellationToken).AsTask();
            while (!taking.IsCompleted)
            {
                _time.Advance(TimeSpan.FromMilliseconds(1));
            }

            using var use = await taking;
            using var claim = use.IsHeld ? others.TryClaim("k", create: false) : null;
            wrong += claim is null ? 0 : 1;
        }

        await deleting;
        Assert.That(wrong, Is.Zero);
    }

    [Test]
    public async Task The_time_of_the_last_use_is_that_of_the_end(CancellationToken cancellationToken)
    {
        var marks = Marks();
        var begun = _time.GetUtcNow();
        var use = await marks.TakeAsync("k", cancellationToken);
        var atStart = marks.LastUse("k");
        _time.Advance(TimeSpan.FromMinutes(90));
        use.Dispose();

        Assert.That((atStart, marks.LastUse("k")), Is.EqualTo(((DateTimeOffset?)begun, (DateTimeOffset?)begun.AddMinutes(90))));
    }

    [Test]
    public async Task A_holder_on_a_volume_shows_itself_every_hour_to_hosts_that_see_no_locks(CancellationToken cancellationToken)
    {
        var marks = Marks(StoreFolderKind.Shared);
        using var use = await marks.TakeAsync("k", cancellationToken);
        var begun = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromHours(5.5));

        Assert.That(marks.LastUse("k"), Is.EqualTo(begun.AddHours(5)));
    }

    [Test]
    public async Task A_volume_that_is_not_mounted_is_not_made_up(CancellationToken cancellationToken)
    {
        StoreFolder volume = new(_folder["missing"], "volume", _time, StoreFolderKind.Shared, isNetwork: false);
        using var use = await volume.Uses.TakeAsync("k", cancellationToken);

        Assert.That((use.IsHeld, Directory.Exists(_folder["missing"])), Is.EqualTo((false, false)));
    }

    [Test]
    public void A_dry_look_leaves_no_file()
    {
        var marks = Marks();

        Assert.That(marks.TryClaim("k", create: false), Is.Not.Null);
        Assert.That(Directory.Exists(marks.Folder), Is.False);
    }

    [Test]
    public void A_mark_that_was_forgotten_is_given_up_by_the_collector(CancellationToken cancellationToken)
    {
        var marks = Marks();
        Forget(marks);
        Assert.That(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return CanClaim();
            },
            Is.True.After(30_000, 10));
    }

    [Test]
    public async Task The_version_another_process_has_mapped_is_in_use_until_that_process_is_dead(CancellationToken cancellationToken)
    {
        var model = TestModel.Create();
        model.WriteTo(_folder["source"]);
        using WorkerProcess holder = new("hold-version", "--source", _folder["source"], "--cache", _folder["root"], "--model", "m", "--version", "1.0.0");
        await holder.ExpectAsync("mapped True", cancellationToken);
        var key = UseMarks.KeyOf(model.Document.Digest);

        var whileMapped = CanClaim(key);
        await holder.KillAsync(cancellationToken);

        Assert.That((whileMapped, CanClaim(key)), Is.EqualTo((false, true)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(UseMarks marks) => Assert.That(marks.TakeAsync("k", default).AsTask().Result.IsHeld, Is.True);

    private UseMarks Marks(StoreFolderKind kind = StoreFolderKind.Cache)
    {
        Directory.CreateDirectory(_folder["root"]);
        return new StoreFolder(_folder["root"], "tree", _time, kind, isNetwork: false).Uses;
    }

    private bool CanClaim(string key = "k")
    {
        using var claim = Marks().TryClaim(key, create: false);
        return claim is not null;
    }
}
