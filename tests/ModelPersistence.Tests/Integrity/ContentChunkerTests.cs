using ModelPersistence.Integrity;
using ModelPersistence.Models;

namespace ModelPersistence.Tests.Integrity;

public class ContentChunkerTests
{
    private const int Total = 24 << 20;

    [Test]
    public void Chunks_stay_within_their_bounds_and_average_about_one_mebibyte()
    {
        var lengths = Cut(TestFiles.Bytes(Total));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(lengths.Sum(), Is.EqualTo(Total));
            Assert.That(lengths.SkipLast(1), Has.All.InRange(ContentChunker.MinLength, ContentChunker.MaxLength));
            Assert.That(lengths.Average(), Is.InRange(0.7 * ContentChunker.AverageLength, 1.4 * ContentChunker.AverageLength));
        }
    }

    [Test]
    public void The_cuts_of_a_content_never_change()
    {
        // Published manifests hold these cuts: a new number here means that no delta update works across library versions any more.
        var text = string.Join(',', Cut(TestFiles.Bytes(Total, seed: 42)));

        Assert.That(Sha256Digest.Of(System.Text.Encoding.ASCII.GetBytes(text)).Hex, Is.EqualTo("7cc50bf3bc242210e929a019ee94737487191d5d8313f6cb02ca5f7b91194016"), text);
    }

    [Test]
    public void An_insertion_moves_only_the_cuts_near_it()
    {
        var before = TestFiles.Bytes(Total);
        byte[] after = [.. before[..(Total / 2)], .. TestFiles.Bytes(1000, seed: 9), .. before[(Total / 2)..]];

        var kept = Digests(before).Intersect(Digests(after)).Count();

        Assert.That(kept, Is.GreaterThanOrEqualTo(Cut(before).Count - 3));
    }

    [Test]
    public void Content_without_any_variation_is_cut_at_the_longest_length() =>
        Assert.That(Cut(new byte[10 << 20]), Is.EqualTo(new[] { 4 << 20, 4 << 20, 2 << 20 }));

    [TestCase(1)]
    [TestCase(ContentChunker.MinLength)]
    public void A_short_content_is_one_chunk(int length) => Assert.That(ContentChunker.NextLength(TestFiles.Bytes(length)), Is.EqualTo(length));

    private static List<int> Cut(ReadOnlySpan<byte> content)
    {
        List<int> lengths = [];
        while (!content.IsEmpty)
        {
            lengths.Add(ContentChunker.NextLength(content));
            content = content[lengths[^1]..];
        }

        return lengths;
    }

    private static List<Sha256Digest> Digests(byte[] content)
    {
        List<Sha256Digest> digests = [];
        var offset = 0;
        foreach (var length in Cut(content))
        {
            digests.Add(Sha256Digest.Of(content.AsSpan(offset, length)));
            offset += length;
        }

        return digests;
    }
}
