using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Runtime;

[CancelAfter(60_000)]
public class InputSynthesizerTests
{
    [Test]
    public void Every_kind_of_element_is_made_and_accepted([Values("Add", "Halves", "Integers", "Strings", "Conditional")] string which)
    {
        using var session = Open(which switch
        {
            "Add" => TestModels.Add(),
            "Halves" => TestModels.Halves(),
            "Integers" => TestModels.Integers(),
            "Strings" => TestModels.Strings(),
            _ => TestModels.Conditional(),
        });
        using var inputs = InputSynthesizer.Create("m", session, null);
        Assert.That(ModelRun.Run("m", session, inputs), Is.Not.Empty);
    }

    [Test]
    public void The_same_model_gets_the_same_inputs_every_time()
    {
        using var session = Open(TestModels.Add());
        using var first = InputSynthesizer.Create("m", session, null);
        using var second = InputSynthesizer.Create("m", session, null);
        Assert.That(first.Values[0].GetTensorDataAsSpan<float>().SequenceEqual(second.Values[0].GetTensorDataAsSpan<float>()));
    }

    [Test]
    public void Made_up_floats_lie_between_minus_one_and_one_and_differ()
    {
        using var session = Open(TestModels.Add());
        using var inputs = InputSynthesizer.Create("m", session, null);
        var values = inputs.Values[0].GetTensorDataAsSpan<float>().ToArray();
        using var all = Assert.EnterMultipleScope();
        Assert.That(values, Is.All.InRange(-1f, 1f));
        Assert.That(values.Distinct().Count(), Is.GreaterThan(1000));
    }

    [Test]
    public void Symbolic_dimensions_follow_the_hints()
    {
        using var session = Open(TestModels.Add());
        using var inputs = InputSynthesizer.Create("m", session, new WarmupHints { Dimensions = new Dictionary<string, long> { ["batch"] = 3 } });
        Assert.That(inputs.Values[0].GetTensorTypeAndShape().Shape, Is.EqualTo(new long[] { 3, 1024 }));
    }

    [Test]
    public void Values_are_converted_and_repeated()
    {
        using var session = Open(TestModels.Integers());
        using var inputs = InputSynthesizer.Create("m", session, Hint("b", new InputHint { Shape = [5], Values = [7, 300_000_000_000] }, count: 5));
        var b = inputs.Names.ToList().IndexOf("b");
        Assert.That(inputs.Values[b].GetTensorDataAsSpan<int>().ToArray(), Is.EqualTo(new[] { 7, int.MaxValue, 7, int.MaxValue, 7 }));
    }

    [Test]
    public void Strings_follow_their_hint()
    {
        using var session = Open(TestModels.Strings());
        using var inputs = InputSynthesizer.Create("m", session, Hint("text", new InputHint { Shape = [2], Strings = ["x", "ü"] }));
        Assert.That(ModelRun.Run("m", session, inputs)["same"].Strings, Is.EqualTo(new[] { "x", "ü" }));
    }

    [Test]
    public void A_run_that_fails_says_which_hints_to_give()
    {
        using var session = Open(TestModels.MultipleOfSix());
        using var inputs = InputSynthesizer.Create("sums:latest", session, null);
        var error = Assert.Throws<ModelLoadException>(() => ModelRun.Run("sums:latest", session, inputs));
        using var all = Assert.EnterMultipleScope();
        Assert.That(error!.Phase, Is.EqualTo(LoadPhase.WarmUp));
        Assert.That(error.Message, Does.Contain("sums:latest").And.Contain("x float[length]").And.Contain("Warmup:Dimensions").And.Contain("manifest"));
    }

    [Test]
    public void The_hint_that_the_message_asks_for_helps()
    {
        using var session = Open(TestModels.MultipleOfSix());
        using var inputs = InputSynthesizer.Create("m", session, new WarmupHints { Dimensions = new Dictionary<string, long> { ["length"] = 12 } });
        Assert.That(ModelRun.Run("m", session, inputs)["y"].Shape, Is.EqualTo(new long[] { 2 }));
    }

    private static readonly object[] Impossible =
    [
        new object[] { new InputHint { Shape = [2] }, "dimensions" },
        new object[] { new InputHint { Shape = [1, 7] }, "dimension 1" },
        new object[] { new InputHint { Shape = [-2, 1024] }, "dimension 0" },
        new object[] { new InputHint { Values = [] }, "0 values" },
        new object[] { new InputHint { Values = new double[1025] }, "1025 values" },
        new object[] { new InputHint { Strings = ["a"] }, "strings" },
        new object[] { new InputHint { Shape = [long.MaxValue, 1024] }, "bytes" },
    ];

    [TestCaseSource(nameof(Impossible))]
    public void Impossible_hints_are_told(object hint, string cause)
    {
        using var session = Open(TestModels.Add());
        var error = Assert.Throws<ModelLoadException>(() => InputSynthesizer.Create("m:1.0.0", session, Hint("x", (InputHint)hint)));
        Assert.That(error!.Message, Does.Contain("'x'").And.Contain(cause).And.Contain("Warmup:Inputs:x"));
    }

    [Test]
    public void The_hosts_hints_come_before_the_manifests()
    {
        var options = new WarmupOptions();
        options.Dimensions["batch"] = 2;
        var merged = WarmupHintMerge.Merge(options, new WarmupHints { Dimensions = new Dictionary<string, long> { ["batch"] = 3, ["length"] = 4 } });
        Assert.That(merged!.Dimensions, Is.EquivalentTo(new Dictionary<string, long> { ["batch"] = 2, ["length"] = 4 }));
    }

    [Test]
    public void Tensors_survive_the_way_into_documents_and_back([Values("float", "int64", "bool", "float16", "string")] string type)
    {
        var tensor = type == "string"
            ? new TensorValue { ElementType = type, Shape = [2], Strings = ["a", "b"] }
            : new TensorValue { ElementType = type, Shape = [0], Data = [] };
        using var value = GoldenInputs.Create("m", "x", tensor);
        var read = GoldenInputs.Read(value);
        using var all = Assert.EnterMultipleScope();
        Assert.That(read.ElementType, Is.EqualTo(type));
        Assert.That(read.Shape, Is.EqualTo(tensor.Shape));
        Assert.That(read.Strings, Is.EqualTo(tensor.Strings));
    }

    [TestCase("float", 2, 7)]
    [TestCase("nonsense", 1, 4)]
    [TestCase("float", -1, 4)]
    public void Golden_tensors_that_contradict_themselves_are_refused(string type, int count, int bytes) =>
        Assert.That(() => GoldenInputs.Create("m", "x", new TensorValue { ElementType = type, Shape = [count], Data = new byte[bytes] }),
            Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("'x'"));

    private static WarmupHints Hint(string input, InputHint hint, long count = 1) => new()
    {
        Dimensions = new Dictionary<string, long> { ["count"] = count },
        Inputs = new Dictionary<string, InputHint> { [input] = hint },
    };

    private static InferenceSession Open(OnnxModelBuilder model) => new(model.ToArray());
}
