using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Testing;

public sealed class TestModelsTests
{
    [Test]
    public void Add_adds_its_constant()
    {
        using var session = new InferenceSession(TestModels.Add(constant: 2.5f, width: 4).ToArray());

        Assert.That(Runs.Once<float>(session, ("x", Runs.Tensor<float>([0, 1, 2, 3], 1, 4))), Is.EqualTo(new[] { 2.5f, 3.5f, 4.5f, 5.5f }));
    }

    [Test]
    public void MatMul_with_another_seed_is_another_model()
    {
        var x = Enumerable.Repeat(1f, 64).ToArray();
        using var first = new InferenceSession(TestModels.MatMul(seed: 1).ToArray());
        using var same = new InferenceSession(TestModels.MatMul(seed: 1).ToArray());
        using var other = new InferenceSession(TestModels.MatMul(seed: 2).ToArray());

        var y = Runs.Once<float>(first, ("x", Runs.Tensor(x, 1, 64)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Runs.Once<float>(same, ("x", Runs.Tensor(x, 1, 64))), Is.EqualTo(y));
            Assert.That(Runs.Once<float>(other, ("x", Runs.Tensor(x, 1, 64))), Is.Not.EqualTo(y));
        }
    }

    [TestCase(true, 4f)]
    [TestCase(false, 6f)]
    public void Conditional_takes_the_branch_of_its_flag(bool flag, float expected)
    {
        using var session = new InferenceSession(TestModels.Conditional().ToArray());
        using var scalar = OrtValue.CreateTensorValueFromMemory(new[] { flag }, []);

        var y = Runs.Once<float>(session, ("flag", scalar), ("x", Runs.Tensor(Enumerable.Repeat(3f, 512).ToArray(), 1, 512)));

        Assert.That(y, Is.All.EqualTo(expected));
    }

    [Test]
    public void MultipleOfSix_refuses_any_other_length()
    {
        using var session = new InferenceSession(TestModels.MultipleOfSix().ToArray());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Runs.Once<float>(session, ("x", Runs.Tensor<float>([1]))), Throws.TypeOf<OnnxRuntimeException>());
            Assert.That(
                Runs.Once<float>(session, ("x", Runs.Tensor<float>([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]))),
                Is.EqualTo(new float[] { 6, 12 })
            );
        }
    }

    [Test]
    public void Strings_come_back_as_they_went_in()
    {
        using var session = new InferenceSession(TestModels.Strings().ToArray());
        using var text = OrtValue.CreateFromStringTensor(new Microsoft.ML.OnnxRuntime.Tensors.DenseTensor<string>(new[] { "a", "ß" }, [2]));
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["text"], [text], ["same"]);

        Assert.That(outputs[0].GetStringTensorAsArray(), Is.EqualTo(new[] { "a", "ß" }));
    }

    [Test]
    public void Halves_are_added_in_half_precision()
    {
        using var session = new InferenceSession(TestModels.Halves().ToArray());
        var x = Array.ConvertAll(new[] { 0.5f, 1, 2, 3 }, value => (Float16)value);

        Assert.That(
            Array.ConvertAll(Runs.Once<Float16>(session, ("x", Runs.Tensor(x, 1, 4))), half => (float)half),
            Is.EqualTo(new[] { 1.5f, 2, 3, 4 })
        );
    }

    [Test]
    public void Integers_of_every_width_are_summed()
    {
        using var session = new InferenceSession(TestModels.Integers().ToArray());

        var y = Runs.Once<long>(
            session,
            ("a", Runs.Tensor<long>([1L << 40])),
            ("b", Runs.Tensor([-2])),
            ("c", Runs.Tensor<byte>([200])),
            ("d", Runs.Tensor([true]))
        );

        Assert.That(y, Is.EqualTo(new[] { (1L << 40) - 2 + 200 + 1 }));
    }

    [Test]
    public void Random_answers_differently_every_time()
    {
        using var session = new InferenceSession(TestModels.Random().ToArray());

        var first = Runs.Once<float>(session, ("x", Runs.Tensor(new float[4], 1, 4)));
        var second = Runs.Once<float>(session, ("x", Runs.Tensor(new float[4], 1, 4)));

        Assert.That(second, Is.Not.EqualTo(first));
    }

    [Test]
    public void UnknownOperator_does_not_load() =>
        Assert.That(
            () => new InferenceSession(TestModels.UnknownOperator().ToArray()),
            Throws.TypeOf<OnnxRuntimeException>().With.Message.Contains("NoSuchOperator")
        );

    [Test]
    public void A_missing_real_model_names_the_script_that_fetches_it() =>
        Assert.That(
            () => TestModels.Find("no-such-model.onnx"),
            Throws.TypeOf<FileNotFoundException>().With.Message.Contains("eng/models.sh")
        );

    [Test]
    public void The_two_voice_models_have_one_signature()
    {
        using var five = new InferenceSession(TestModels.SileroVadV5);
        using var six = new InferenceSession(TestModels.SileroVadV6);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(five.InputNames, Is.EqualTo(new[] { "input", "state", "sr" }));
            Assert.That(six.InputNames, Is.EqualTo(five.InputNames));
            Assert.That(six.OutputNames, Is.EqualTo(five.OutputNames));
        }
    }
}
