using ModelPersistence.Models;
using ModelPersistence.Transfer;

namespace ModelPersistence.Tests.Transfer;

public sealed class ChunkRunTests
{
    private static readonly ModelFile File = new()
    {
        Path = "f",
        Size = 17,
        Sha256 = default,
        Chunks = [.. new[] { 3, 4, 9, 1 }.Select(static length => new ModelChunk(length, default))],
    };

    [TestCase(100, new[] { 4 })]
    [TestCase(8, new[] { 2, 1, 1 })]
    [TestCase(1, new[] { 1, 1, 1, 1 })]
    public void A_file_is_cut_into_runs_of_whole_chunks(long longest, int[] counts)
    {
        var runs = ChunkRun.Cut(File, longest).ToList();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(runs.Select(static run => run.Count), Is.EqualTo(counts));
            Assert.That(runs.Sum(static run => run.Length), Is.EqualTo(File.Size));
            Assert.That(runs.Zip(runs.Skip(1)), Has.All.Matches<(ChunkRun First, ChunkRun Second)>(static pair => pair.First.Offset + pair.First.Length == pair.Second.Offset));
        }
    }

    [TestCase(new[] { true, true, true, true }, new[] { 0L, 17 })]
    [TestCase(new[] { true, false, true, true }, new[] { 0L, 3, 7, 10 })]
    [TestCase(new[] { false, false, false, true }, new[] { 16L, 1 })]
    [TestCase(new[] { false, false, false, false }, new long[0])]
    public void What_is_needed_of_a_run_is_merged_where_it_is_adjacent(bool[] needed, long[] ranges) =>
        Assert.That(ChunkRun.Whole(File).Needed(chunk => needed[chunk]).SelectMany(static run => new[] { run.Offset, run.Length }), Is.EqualTo(ranges));

    [Test]
    public void The_rest_of_a_run_begins_where_its_first_chunks_end() =>
        Assert.That(ChunkRun.Whole(File).Skip(2), Is.EqualTo(new ChunkRun(File, 2, 2, 7, 10)));
}
