using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Serving;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

[CancelAfter(60_000)]
internal sealed class MemoryHistoryTests
{
    private static readonly Sha256Digest Version = Sha256Digest.Of("a"u8);
    private static readonly SessionSettings Settings = SessionSettings.Default;
    private TemporaryFolder _cache = null!;

    [SetUp]
    public void CreateCache() => _cache = new TemporaryFolder();

    [TearDown]
    public void DeleteCache() => _cache.Dispose();

    [Test]
    public void What_was_measured_is_known_to_this_process_and_to_the_next()
    {
        var first = History();
        first.Record(Version, Settings, "mapped", 5000);
        var next = History();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Known(Version, Settings, "mapped"), Is.EqualTo(5000));
            Assert.That(next.Known(Version, Settings, "mapped"), Is.Null, "No file is read for it.");
            Assert.That(next.Find(Version, Settings, "mapped"), Is.EqualTo(5000));
        }
    }

    [Test]
    public void Versions_kinds_and_settings_are_kept_apart()
    {
        var history = History();
        history.Record(Version, Settings, "mapped", 1);
        history.Record(Version, Settings, "packed", 2);
        history.Record(Version, SessionSettings.From(new ModelOptions { IntraOpThreads = 77 }), "mapped", 3);
        history.Record(Sha256Digest.Of("b"u8), Settings, "mapped", 4);
        var next = History();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(next.Find(Version, Settings, "mapped"), Is.EqualTo(1));
            Assert.That(next.Find(Version, Settings, "packed"), Is.EqualTo(2));
            Assert.That(next.Find(Version, SessionSettings.From(new ModelOptions { IntraOpThreads = 77 }), "mapped"), Is.EqualTo(3));
            Assert.That(next.Find(Sha256Digest.Of("b"u8), Settings, "mapped"), Is.EqualTo(4));
            Assert.That(next.Find(Sha256Digest.Of("b"u8), Settings, "packed"), Is.Null);
        }
    }

    [Test]
    public void A_lower_figure_is_believed_by_and_by_and_a_higher_one_at_once()
    {
        var history = History();
        history.Record(Version, Settings, "mapped", 8000);
        history.Record(Version, Settings, "mapped", 1000);
        Assert.That(History().Find(Version, Settings, "mapped"), Is.EqualTo(7000));
        history.Record(Version, Settings, "mapped", 9000);
        Assert.That(History().Find(Version, Settings, "mapped"), Is.EqualTo(9000));
    }

    [TestCase("nonsense")]
    [TestCase("")]
    [TestCase("a b c\n\0\n -5 -7\n")]
    [TestCase("0123456789abcdef 99999999999999999999")]
    public void A_file_that_is_none_is_as_good_as_none(string text)
    {
        Directory.CreateDirectory(_cache[".memory"]);
        File.WriteAllText(_cache[Path.Combine(".memory", Version.Hex)], text);
        var history = History();
        Assert.That(history.Find(Version, Settings, "mapped"), Is.Null);
        history.Record(Version, Settings, "mapped", 5);
        Assert.That(History().Find(Version, Settings, "mapped"), Is.EqualTo(5));
    }

    [Test]
    public void Files_and_their_lines_stay_few()
    {
        var history = History();
        Directory.CreateDirectory(_cache[".memory"]);
        for (var i = 0; i < 1005; i++)
        {
            File.WriteAllText(_cache[$".memory/{i}"], "");
            File.SetLastWriteTimeUtc(_cache[$".memory/{i}"], new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(i));
        }

        for (var i = 0; i < 20; i++)
        {
            history.Record(Version, Settings, $"kind {i}", i);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Directory.GetFiles(_cache[".memory"]), Has.Length.EqualTo(1000));
            Assert.That(File.Exists(_cache[".memory/0"]), Is.False);
            Assert.That(File.ReadAllLines(_cache[$".memory/{Version.Hex}"]), Has.Length.EqualTo(16));
            Assert.That((History().Find(Version, Settings, "kind 19"), History().Find(Version, Settings, "kind 0")), Is.EqualTo(((long?)19, (long?)null)));
        }
    }

    [Test]
    public void A_cache_that_cannot_be_written_is_done_without()
    {
        File.WriteAllText(_cache[".memory"], "in the way");
        var history = History();
        history.Record(Version, Settings, "mapped", 5);
        Assert.That(history.Find(Version, Settings, "mapped"), Is.EqualTo(5));
    }

    [Test]
    public async Task Where_there_is_room_the_estimate_counts_and_no_file_is_read(CancellationToken token)
    {
        History().Record(Version, Settings, "original", 90);
        MemoryAdmission admission = new(Budget(100), History(), new MemoryMeter());
        using var first = await admission.ClaimAsync("a", Version, Settings, new MemoryNeed("original", 40, 0), token);
        Assert.That(admission.Budget.HeldBytes, Is.EqualTo(40));
    }

    [Test]
    public async Task Where_room_is_short_what_the_last_load_took_counts(CancellationToken token)
    {
        History().Record(Version, Settings, "original", 30);
        MemoryAdmission admission = new(Budget(100), History(), new MemoryMeter());
        using var other = await admission.ClaimAsync("b", null, Settings, new MemoryNeed("original", 65, 0), token);
        using var claim = await admission.ClaimAsync("a", Version, Settings, new MemoryNeed("original", 200, 0), token);
        Assert.That(claim.Bytes, Is.EqualTo(30));
    }

    [Test]
    public async Task A_load_corrects_its_claim_and_the_next_estimate(CancellationToken token)
    {
        MemoryAdmission admission = new(Budget(100), History(), new MemoryMeter());
        MemoryNeed need = new("original", 80, 0);
        using (var claim = await admission.ClaimAsync("a", Version, Settings, need, token))
        {
            admission.Learn(claim, Version, Settings, need, added: null);
            Assert.That(claim.Bytes, Is.EqualTo(80));
            admission.Learn(claim, Version, Settings, need, added: 50);
            Assert.That(admission.Budget.HeldBytes, Is.EqualTo(50));
        }

        using var next = await admission.ClaimAsync("a", Version, Settings, need, token);
        Assert.That(next.Bytes, Is.EqualTo(50));
    }

    private static MemoryBudget Budget(long bytes) => new(() => new MemoryAllowance(bytes, bytes, "", ""), TimeSpan.Zero, TimeProvider.System);

    private MemoryHistory History() => new(_cache.Root, NullLogger.Instance);
}
