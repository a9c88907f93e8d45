using ModelPersistence.Runtime;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Runtime;

[CancelAfter(60_000)]
public class MappedFileTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public unsafe void The_mapping_holds_the_files_bytes()
    {
        var bytes = Write(1 << 20);
        using var mapped = MappedFile.Open(_folder["w"]);
        using var all = Assert.EnterMultipleScope();
        Assert.That(mapped.Length, Is.EqualTo(bytes.Length));
        Assert.That(new ReadOnlySpan<byte>((void*)mapped.Address, bytes.Length).SequenceEqual(bytes));
    }

    [Test]
    public void Missing_and_empty_files_are_refused_by_name()
    {
        File.WriteAllBytes(_folder["empty"], []);
        using var all = Assert.EnterMultipleScope();
        Assert.That(() => MappedFile.Open(_folder["missing"]), Throws.InstanceOf<IOException>().With.Message.Contains("missing"));
        Assert.That(() => MappedFile.Open(_folder["empty"]), Throws.InstanceOf<IOException>().With.Message.Contains("empty"));
    }

    [Test]
    public void Touching_accepts_any_ranges_and_reads_only_within_the_file()
    {
        Write((1 << 20) + 17);
        using var mapped = MappedFile.Open(_folder["w"]);
        ByteRange[] ranges = [new(0, 1), new(1 << 20, 17), new(5, 900_000), new(-1, 3), new(0, long.MaxValue), new(long.MaxValue, long.MaxValue), new(1 << 21, 1), new(3, 0)];
        Assert.That(() => mapped.Touch(ranges, CancellationToken.None), Throws.Nothing);
    }

    [Test]
    public void Touching_after_disposal_does_nothing()
    {
        Write(100);
        var mapped = MappedFile.Open(_folder["w"]);
        mapped.Dispose();
        mapped.Dispose();
        Assert.That(() => mapped.Touch([new ByteRange(0, 100)], CancellationToken.None), Throws.Nothing);
    }

    [Test]
    public void A_touch_in_flight_survives_disposal()
    {
        const int Length = 64 << 20;
        Write(Length);
        for (var i = 0; i < 20; i++)
        {
            var mapped = MappedFile.Open(_folder["w"]);
            using var begun = new ManualResetEventSlim();
            var touching = new Thread(() =>
            {
                begun.Set();
                mapped.Touch([new ByteRange(0, Length)], CancellationToken.None);
            });
            touching.Start();
            begun.Wait();
            mapped.Dispose();
            touching.Join();
        }
    }

    [Test]
    public void A_cold_file_is_brought_into_memory()
    {
        Write(16 << 20);
        using var mapped = MappedFile.Open(_folder["w"]);
        mapped.Touch([new ByteRange(0, mapped.Length)], CancellationToken.None);
        unsafe
        {
            Assert.That(PageCache.LooksWarm((byte*)mapped.Address, mapped.Length, [new ByteRange(0, mapped.Length)]));
        }
    }

    private byte[] Write(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(_folder["w"], bytes);
        return bytes;
    }
}
