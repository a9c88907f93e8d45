using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Runtime;

[CancelAfter(60_000)]
public class OnnxModelReaderTests
{
    [Test]
    public void External_tensors_are_told_with_type_shape_and_place()
    {
        using var folder = new TemporaryFolder();
        var path = folder["m.onnx"];
        TestModels.MatMul(width: 32).ExternalData(suffix: ".weights").Save(path);

        var tensor = OnnxModelReader.Read("m", path).ExternalTensors.Single();

        using var all = Assert.EnterMultipleScope();
        Assert.That(tensor.Name, Is.EqualTo("w"));
        Assert.That(tensor.Type, Is.EqualTo((int)TensorElementType.Float));
        Assert.That(tensor.Shape, Is.EqualTo(new long[] { 32, 32 }));
        Assert.That(tensor.Location, Is.EqualTo("m.onnx.weights"));
        Assert.That(tensor.IsMainInitializer);
        Assert.That(ExternalDataRules.ByteLength(tensor), Is.EqualTo(4096));
    }

    [Test]
    public void A_model_without_external_data_has_none()
    {
        var facts = Read(TestModels.Conditional().ToArray());
        using var all = Assert.EnterMultipleScope();
        Assert.That(facts.ExternalTensors, Is.Empty);
        Assert.That(facts.Operators, Does.Contain("::If").And.Contain("::Add").And.Contain("::Mul"));
    }

    [Test]
    public void Tables_that_only_lookups_read_are_told_from_other_weights()
    {
        var facts = Read(new OnnxModelBuilder().Graph(graph => graph
            .Input("ids", TensorElementType.Int64, "n")
            .Initializer<float>("table", [2, 1], [1, 2])
            .Initializer<float>("tied", [2, 1], [1, 2])
            .Node("Gather", ["table", "ids"], ["a"])
            .Node("Gather", ["tied", "ids"], ["b"])
            .Node("Mul", ["a", "b"], ["c"])
            .Node("Mul", ["c", "tied"], ["y"])
            .Output("y", TensorElementType.Float, "n", 1)).ToArray());

        Assert.That(facts.LookupTables, Is.EquivalentTo(new[] { "table" }));
    }

    [Test]
    public void The_runtimes_own_format_has_no_external_tensors() =>
        Assert.That(Read([0x18, 0, 0, 0, (byte)'O', (byte)'R', (byte)'T', (byte)'M', 1, 2, 3]).ExternalTensors, Is.Empty);

    [Test]
    public void External_data_is_found_wherever_tensors_may_stand([Values] Place place)
    {
        var tensor = Nested(place, Message(13, [.. Bytes(1, "location"), .. Bytes(2, "x.bin")]));
        Assert.That(Read(tensor).ExternalTensors.Single().Location, Is.EqualTo("x.bin"));
    }

    public enum Place
    {
        Initializer,
        SparseValues,
        SparseIndices,
        Attribute,
        AttributeList,
        Subgraph,
        Function,
        FunctionAttribute,
        Training,
    }

    [TestCase(new byte[] { 0x3A, 0x7F }, TestName = "A_length_beyond_the_file")]
    [TestCase(new byte[] { 0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 }, TestName = "A_length_of_64_bits")]
    [TestCase(new byte[] { 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 }, TestName = "A_number_of_eleven_bytes")]
    [TestCase(new byte[] { 0x0B }, TestName = "A_group")]
    [TestCase(new byte[] { 0x00, 0x00 }, TestName = "Field_zero")]
    [TestCase(new byte[] { 0x09, 0x01 }, TestName = "A_fixed_field_cut_off")]
    [TestCase(new byte[] { 0x3A, 0x04, 0x2A, 0x05, 0x42, 0x01 }, TestName = "A_child_longer_than_its_parent")]
    public void Malformed_bytes_are_refused(byte[] bytes) => Assert.That(() => Read(bytes), Throws.TypeOf<InvalidDataException>());

    [Test]
    public void Nesting_without_end_is_refused()
    {
        byte[] graph = [];
        for (var i = 0; i < 200; i++)
        {
            graph = Message(1, Message(5, Message(6, graph)));
        }

        Assert.That(() => Read(Message(7, graph)), Throws.TypeOf<InvalidDataException>().With.Message.Contains("nested deeper"));
    }

    [Test]
    public void The_error_of_a_file_names_the_model_the_file_and_the_remedy()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["m.onnx"], [0x3A, 0x7F]);
        var error = Assert.Throws<ModelIntegrityException>(() => OnnxModelReader.Read("cats", folder["m.onnx"]));
        Assert.That(error!.Message, Does.Contain("cats").And.Contain("m.onnx").And.Contain("export"));
    }

    [Test]
    public void Mutated_models_are_read_or_refused_but_never_anything_else()
    {
        byte[][] seeds = [TestModels.Conditional().ToArray(), TestModels.Integers().ToArray(), Nested(Place.Function, Message(13, Bytes(1, "location")))];
        var random = new Random(20261122);
        for (var i = 0; i < 30_000; i++)
        {
            var bytes = seeds[i % seeds.Length].ToArray();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            ReadOrRefuse(bytes[..random.Next(bytes.Length + 1)]);
        }
    }

    [Test]
    public void Random_bytes_are_read_or_refused_but_never_anything_else()
    {
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(64)];
            random.NextBytes(bytes);
            ReadOrRefuse(bytes);
        }
    }

    private static void ReadOrRefuse(byte[] bytes)
    {
        try
        {
            Read(bytes);
        }
        catch (InvalidDataException)
        {
            return;
        }
    }

    private static OnnxModelFacts Read(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes, writable: false);
        return OnnxModelReader.Read(stream, wantsUses: true);
    }

    private static byte[] Nested(Place place, byte[] tensor) => place switch
    {
        Place.Initializer => Message(7, Message(5, tensor)),
        Place.SparseValues => Message(7, Message(15, Message(1, tensor))),
        Place.SparseIndices => Message(7, Message(15, Message(2, tensor))),
        Place.Attribute => Message(7, Message(1, Message(5, Message(5, tensor)))),
        Place.AttributeList => Message(7, Message(1, Message(5, Message(10, tensor)))),
        Place.Subgraph => Message(7, Message(1, Message(5, Message(6, Message(5, tensor))))),
        Place.Function => Message(25, Message(7, Message(5, Message(5, tensor)))),
        Place.FunctionAttribute => Message(25, Message(11, Message(5, tensor))),
        _ => Message(20, Message(1, Message(5, tensor))),
    };

    private static byte[] Bytes(int field, string text) => Message(field, System.Text.Encoding.UTF8.GetBytes(text));

    private static byte[] Message(int field, byte[] content)
    {
        List<byte> bytes = [];
        foreach (var number in new[] { (field << 3) | 2, content.Length })
        {
            var rest = number;
            for (; rest >= 0x80; rest >>= 7)
            {
                bytes.Add((byte)(rest | 0x80));
            }

            bytes.Add((byte)rest);
        }

        return [.. bytes, .. content];
    }
}
