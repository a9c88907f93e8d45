using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Tests.Runtime;

[CancelAfter(10_000)]
public class ExternalDataRulesTests
{
    [TestCase("w.bin", "0", "16")]
    [TestCase("w.bin", null, null)]
    [TestCase("sub/w.bin", "48", "16")]
    public void Data_among_the_models_files_is_accepted(string location, string? offset, string? length) =>
        Assert.That(() => Check(location, offset, length), Throws.Nothing);

    [TestCase("../w.bin")]
    [TestCase("a/../../w.bin")]
    [TestCase("/etc/passwd")]
    [TestCase("C:\\w.bin")]
    [TestCase("\\\\server\\share\\w.bin")]
    [TestCase("c:w.bin")]
    [TestCase("w.bin\0x")]
    [TestCase("")]
    [TestCase("*/_ORT_MEM_ADDR_/*")]
    [TestCase("nul")]
    [TestCase("w.bin ")]
    [TestCase("model.onnx")]
    [TestCase("MODEL.onnx")]
    [TestCase("other.bin")]
    public void Data_anywhere_else_is_refused(string location) =>
        Assert.That(() => Check(location, "0", "16"), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("cats").And.Message.Contains("model.onnx"));

    [TestCase("49", "16")]
    [TestCase("-1", "16")]
    [TestCase("0", "17")]
    [TestCase("0", "15")]
    [TestCase("9223372036854775807", "16")]
    [TestCase("99999999999999999999", "16")]
    [TestCase("0x10", "16")]
    [TestCase(" 0", "16")]
    [TestCase("0", "-16")]
    public void Ranges_that_do_not_fit_are_refused(string offset, string length) =>
        Assert.That(() => Check("w.bin", offset, length), Throws.TypeOf<ModelIntegrityException>());

    [Test]
    public void Packed_weights_from_outside_are_refused() =>
        Assert.That(() => Check("w.bin", "0", "16", new("prepacked_0", "MatMul+1|0;16;0")),
            Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("packed for some processor"));

    [Test]
    public void Unknown_and_repeated_keys_are_refused()
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(() => Check("w.bin", "0", "16", new("basepath", "/")), Throws.TypeOf<ModelIntegrityException>());
        Assert.That(() => Check("w.bin", "0", "16", new("location", "w.bin")), Throws.TypeOf<ModelIntegrityException>());
    }

    [TestCase(8, TestName = "Strings_cannot_be_external")]
    [TestCase(99, TestName = "Unknown_types_are_refused")]
    public void Types(int type) => Assert.That(() => Check("w.bin", "0", "16", type: type), Throws.TypeOf<ModelIntegrityException>());

    [Test]
    public void Four_bit_types_count_half_a_byte() =>
        Assert.That(ExternalDataRules.ByteLength(Tensor([], type: 21) with { Shape = [3] }), Is.EqualTo(2));

    [Test]
    public void A_shape_whose_product_overflows_is_refused() =>
        Assert.That(ExternalDataRules.ByteLength(Tensor([], type: 1) with { Shape = [long.MaxValue, long.MaxValue] }), Is.Null);

    private static void Check(string location, string? offset, string? length, KeyValuePair<string, string>? more = null, int type = 1)
    {
        List<KeyValuePair<string, string>> entries = [new("location", location)];
        if (offset is not null)
        {
            entries.Add(new("offset", offset));
        }

        if (length is not null)
        {
            entries.Add(new("length", length));
        }

        if (more is { } extra)
        {
            entries.Add(extra);
        }

        var facts = new OnnxModelFacts { ExternalTensors = [Tensor(entries, type)], Operators = new HashSet<string>(), LookupTables = new HashSet<string>() };
        ExternalDataRules.Check("cats", "model.onnx", facts, file => file is "w.bin" or "sub/w.bin" ? 64 : null);
    }

    private static ExternalTensor Tensor(IReadOnlyList<KeyValuePair<string, string>> entries, int type) =>
        new() { Name = "w", Type = type, Shape = [2, 2], IsMainInitializer = true, Entries = entries };
}
