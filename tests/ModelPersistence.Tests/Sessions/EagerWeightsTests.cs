using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Sessions;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Sessions;

[CancelAfter(60_000)]
internal sealed class EagerWeightsTests
{
    private static readonly ModelReference Reference = ModelReference.Parse("m");

    private TemporaryFolder _folder = null!;
    private string _weights = null!;

    [SetUp]
    public async Task WriteHint()
    {
        _folder = new TemporaryFolder();
        _weights = _folder["weights"];
        await File.WriteAllBytesAsync(_weights, new byte[1 << 20]);
        await new StartHint(_weights, [new ByteRange(0, 1 << 20)]).WriteAsync(StartHint.PathOf(_folder.Root, Reference), CancellationToken.None);
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void A_hint_reads_as_it_was_written()
    {
        var hint = StartHint.TryRead(StartHint.PathOf(_folder.Root, Reference));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(hint!.WeightsPath, Is.EqualTo(_weights));
            Assert.That(hint.Ranges, Is.EqualTo(new[] { new ByteRange(0, 1 << 20) }));
        }
    }

    [TestCase("")]
    [TestCase("/weights\n12")]
    [TestCase("/weights\nten 12")]
    [TestCase("/weights\n-1 12")]
    public void A_malformed_hint_is_no_hint(string text)
    {
        File.WriteAllText(StartHint.PathOf(_folder.Root, Reference), text);
        Assert.That(StartHint.TryRead(StartHint.PathOf(_folder.Root, Reference)), Is.Null);
    }

    [Test]
    public void The_mapping_is_handed_over_once()
    {
        using var weights = Begin();
        SpinWait.SpinUntil(() => weights.HasMapped(_weights));
        using var file = weights.Take(_weights);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file!.Length, Is.EqualTo(1 << 20));
            Assert.That(weights.Take(_weights), Is.Null);
        }
    }

    [Test]
    public void A_file_that_was_replaced_since_is_not_handed_over()
    {
        using var weights = Begin();
        SpinWait.SpinUntil(() => weights.HasMapped(_weights));
        File.WriteAllBytes(_folder["other"], new byte[1 << 20]);
        File.Move(_folder["other"], _weights, overwrite: true);
        Assert.That(weights.Take(_weights), Is.Null);
    }

    [Test]
    public void A_hint_that_comes_after_the_load_keeps_no_mapping()
    {
        using var weights = new EagerWeights();
        Assert.That(weights.Take(_weights), Is.Null);
        weights.Touch(StartHint.PathOf(_folder.Root, Reference));
        Assert.That(weights.HasMapped(_weights), Is.False);
    }

    [Test]
    public void What_a_load_did_not_use_is_dropped_behind_it()
    {
        using var weights = Begin();
        SpinWait.SpinUntil(() => weights.HasMapped(_weights));
        weights.Drop(_folder.Root, Reference);
        Assert.That(weights.HasMapped(_weights), Is.False);
    }

    private EagerWeights Begin()
    {
        var weights = new EagerWeights();
        weights.Begin(_folder.Root, Reference);
        return weights;
    }
}
