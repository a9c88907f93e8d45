using ModelPersistence.Models;
using ModelPersistence.Preparation;
using ModelPersistence.Runtime;
using ModelPersistence.Serving;
using ModelPersistence.Store;

namespace ModelPersistence.Tests.Serving;

internal sealed class MemoryMeterTests
{
    private const long Mebibyte = 1 << 20;
    private long _used = 100 * Mebibyte;

    [Test]
    public void A_load_that_was_alone_is_measured()
    {
        MemoryMeter meter = new(() => _used);
        using var load = meter.Begin();
        _used += 30 * Mebibyte;
        Assert.That(load.Added, Is.EqualTo(30 * Mebibyte));
    }

    [Test]
    public void A_load_that_seems_to_take_nothing_counts_a_little()
    {
        MemoryMeter meter = new(() => _used);
        using var load = meter.Begin();
        _used -= 30 * Mebibyte;
        Assert.That(load.Added, Is.EqualTo(Mebibyte));
    }

    [Test]
    public void Loads_at_the_same_time_cannot_be_told_apart()
    {
        MemoryMeter meter = new(() => _used);
        using var first = meter.Begin();
        using (var second = meter.Begin())
        {
            Assert.That((first.Added, second.Added), Is.EqualTo(((long?)null, (long?)null)));
        }

        Assert.That(first.Added, Is.Null, "The other one took something while it was measured.");
        first.Dispose();
        first.Dispose();
        using var third = meter.Begin();
        Assert.That(third.Added, Is.Not.Null);
    }

    [Test]
    public void A_load_during_which_something_was_freed_has_no_figure()
    {
        MemoryMeter meter = new(() => _used);
        using var load = meter.Begin();
        meter.Disturb();
        Assert.That(load.Added, Is.Null);
    }

    [TestCase(ArtifactKind.Portable, ArtifactForm.ExternalWeights, Packing.None, "mapped", 18, 100)]
    [TestCase(ArtifactKind.Packed, ArtifactForm.ExternalWeights, Packing.Kernel, "packed", 18, 100)]
    [TestCase(ArtifactKind.Portable, ArtifactForm.ExternalWeights, Packing.Kernel, "packed in memory", 118, 100)]
    [TestCase(ArtifactKind.Portable, ArtifactForm.MappedOrt, Packing.None, "mapped", 16, 101)]
    [TestCase(ArtifactKind.Packed, ArtifactForm.MappedOrt, Packing.Kernel, "packed in memory", 117, 101)]
    [TestCase(ArtifactKind.Packed, ArtifactForm.Inline, Packing.Kernel, "inline", 218, 0)]
    public void An_artifact_is_estimated_by_what_of_it_stays_mapped(ArtifactKind kind, ArtifactForm form, Packing packing, string expected, long privateMebibytes, long mappedMebibytes)
    {
        PreparedArtifact artifact = new(
            new PreparedDocument
            {
                Model = "a",
                Kind = kind,
                Form = form,
                Key = "",
                Created = default,
                Graph = "graph.onnx",
                Weights = form == ArtifactForm.ExternalWeights ? "weights" : null,
                Files = [File("graph.onnx", Mebibyte), File("weights", 100 * Mebibyte)],
            },
            default, "/folder", TrustBasis.Hashed);
        Assert.That(MemoryEstimate.Of(artifact, packing), Is.EqualTo(new MemoryNeed(expected, privateMebibytes * Mebibyte, mappedMebibytes * Mebibyte)));
    }

    private static ModelFile File(string path, long size) => new() { Path = path, Size = size, Sha256 = default, Chunks = [] };
}
