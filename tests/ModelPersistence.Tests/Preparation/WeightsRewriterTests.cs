using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Preparation;
using ModelPersistence.Runtime;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Preparation;

[CancelAfter(60_000)]
public class WeightsRewriterTests
{
    [Test]
    public void Everything_lies_aligned_afterwards_and_holds_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        var path = folder["m.onnx"];
        new OnnxModelBuilder().ExternalData(suffix: ".weights", minimumBytes: 1, alignment: 1).Graph(static graph => graph
            .Input("x", TensorElementType.Float, 5)
            .Initializer("odd", TensorElementType.UInt8, [3], static (bytes, _) => bytes.Fill(7))
            .Initializer<float>("a", [5], [1, 2, 3, 4, 5])
            .Initializer("large", TensorElementType.UInt8, [100_001], static (bytes, offset) => bytes.Fill((byte)(offset >> 10)))
            .Node("Add", ["x", "a"], ["y"])
            .Output("y", TensorElementType.Float, 5)).Save(path);
        var before = Contents(folder.Root);

        WeightsRewriter.Rewrite(folder.Root, "m.onnx", "m.onnx.weights", OnnxModelReader.Read("m", path), CancellationToken.None);

        using var all = Assert.EnterMultipleScope();
        Assert.That(Contents(folder.Root), Is.EqualTo(before));
        Assert.That(OnnxModelReader.Read("m", path).ExternalTensors.Select(static tensor => long.Parse(tensor.Offset!, null) % 64), Is.All.Zero);
        Assert.That(() => SessionOpener.OpenOriginal("m", path, SessionSettings.Default, spin: false).Dispose(), Throws.Nothing);
    }

    [TestCase("MatMul+1|64;16;0", 1)]
    [TestCase("Conv+2|64;16;0|128;8;1", 2)]
    [TestCase("x|64;16", 1)]
    public void Packed_entries_are_read_and_written_back(string text, int buffers)
    {
        var blob = PackedBlob.TryParse(text)!;
        Assert.That(blob.Buffers, Has.Count.EqualTo(buffers));
        Assert.That(blob.Render(static range => range.Offset), Is.EqualTo(text));
    }

    [TestCase("")]
    [TestCase("x")]
    [TestCase("x|")]
    [TestCase("x|a;b;c")]
    [TestCase("x|1")]
    [TestCase("x|-1;2")]
    public void Packed_entries_of_another_form_are_refused(string text) => Assert.That(PackedBlob.TryParse(text), Is.Null);

    private static Dictionary<string, string> Contents(string folder)
    {
        var weights = File.ReadAllBytes(Path.Combine(folder, "m.onnx.weights"));
        return OnnxModelReader.Read("m", Path.Combine(folder, "m.onnx")).ExternalTensors.ToDictionary(
            static tensor => tensor.Name,
            tensor => Convert.ToHexString(weights, int.Parse(tensor.Offset ?? "0", null), (int)ExternalDataRules.ByteLength(tensor)!.Value));
    }
}
