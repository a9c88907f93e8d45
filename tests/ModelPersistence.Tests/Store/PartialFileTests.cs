using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Store;
using ModelPersistence.Tests.Integrity;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Store;

/// <summary>Writers that no lock keeps apart.</summary>
internal sealed class PartialFileTests
{
    private readonly byte[] _content = TestFiles.Bytes(10 * TestFiles.ChunkLength);

    private TemporaryFolder _folder = null!;
    private ModelFile _file = null!;

    private string Destination => _folder["weights.bin"];

    [SetUp]
    public void Describe()
    {
        _folder = new TemporaryFolder();
        _file = TestFiles.Describe("weights.bin", _content);
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void A_writer_that_ends_second_never_puts_a_third_ones_unfinished_file_into_place()
    {
        using var first = Open();
        using var second = Open();
        Fill(first);
        Assert.That(first.TryPublish(Destination), Is.True);

        // The third looked before the first had published.
        using var third = Open();
        Fill(second);
        Assert.That(second.TryPublish(Destination), Is.False);
        Assert.That(File.ReadAllBytes(Destination), Is.EqualTo(_content));

        Fill(third);
        Assert.That(third.TryPublish(Destination), Is.True);
        Assert.That(File.ReadAllBytes(Destination), Is.EqualTo(_content));
        Assert.That(Directory.GetFiles(_folder.Root), Is.EqualTo(new[] { Destination }));
    }

    [Test]
    public void A_file_that_cannot_be_put_into_place_is_kept_for_the_next_attempt()
    {
        using (var partial = Open())
        {
            Fill(partial);
            Assert.That(() => partial.TryPublish(_folder["missing/weights.bin"]), Throws.InstanceOf<IOException>());
        }

        using var again = Open();
        using ChunkHasher hasher = new();
        Assert.That(Enumerable.Range(0, _file.Chunks.Count).Select(chunk => again.TryTakeOver(chunk, hasher, out _)), Has.All.True);
        Assert.That(again.IsComplete, Is.True);
    }

    [Test]
    [Platform("Linux")]
    public void A_new_file_has_its_length_and_its_blocks_from_the_start()
    {
        using var partial = Open();
        Assert.That(new FileInfo(_folder["weights.part"]).Length, Is.EqualTo(_content.Length));
        Assert.That(BlocksOf(_folder["weights.part"]) * 512, Is.GreaterThanOrEqualTo(_content.Length));
    }

    private static long BlocksOf(string path)
    {
        using var stat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%b", path]) { RedirectStandardOutput = true })!;
        return long.Parse(stat.StandardOutput.ReadToEnd(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private PartialFile Open() => PartialFile.Open(_file, _folder["weights.part"], reserve: true);

    private void Fill(PartialFile partial)
    {
        foreach (var chunk in Enumerable.Range(0, _file.Chunks.Count).Where(partial.Needs))
        {
            partial.Write(chunk, _content.AsSpan((int)partial.Offsets[chunk], _file.Chunks[chunk].Length), out _);
        }
    }
}
