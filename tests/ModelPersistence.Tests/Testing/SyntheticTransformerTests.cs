using System.Security.Cryptography;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Testing;

public sealed class SyntheticTransformerTests
{
    private static readonly SyntheticTransformerOptions Small = SyntheticTransformerOptions.Size2MB;

    [Test]
    public void Its_bytes_are_the_same_on_every_machine() =>
        Assert.That(Digest(Small), Is.EqualTo("91e6a717a035ac9bc8fe74311eeb44130bd61223eb56ed53707538296c6c4d21"));

    [Test]
    public void Another_head_seed_changes_the_last_weights_alone()
    {
        var first = SyntheticTransformer.Build(Small).ToArray();
        var second = SyntheticTransformer.Build(Small with { HeadSeed = 2 }).ToArray();
        var head = (Small.Hidden * Small.Hidden) + Small.Hidden + (Small.Classes * (Small.Hidden + 1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second, Has.Length.EqualTo(first.Length));
            Assert.That(second, Is.Not.EqualTo(first));
            Assert.That(first.AsSpan().CommonPrefixLength(second), Is.GreaterThan(first.Length - (head * sizeof(float)) - 2000));
        }
    }

    [Test]
    public void It_takes_any_batch_and_sequence_and_answers_finite_numbers()
    {
        using var session = new InferenceSession(SyntheticTransformer.Build(Small).ToArray());

        var one = Runs.Transformer(session, [5, 6, 7], 1);
        var two = Runs.Transformer(session, [5, 6, 7, 8, 9, 10], 2);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(session.InputMetadata["input_ids"].SymbolicDimensions, Is.EqualTo(new[] { "batch", "sequence" }));
            Assert.That(one, Has.Length.EqualTo(2).And.All.Matches<float>(float.IsFinite));
            Assert.That(one, Is.All.InRange(-10f, 10f));
            Assert.That(two[..2], Is.EqualTo(one).Within(1e-4));
            Assert.That(two[2..], Is.Not.EqualTo(one).Within(1e-2));
        }
    }

    [Test]
    public void A_masked_token_does_not_count()
    {
        using var session = new InferenceSession(SyntheticTransformer.Build(Small).ToArray());
        float[] Masked(long last) =>
            Runs.Once<float>(
                session,
                ("input_ids", Runs.Tensor<long>([5, 6, last], 1, 3)),
                ("attention_mask", Runs.Tensor<long>([1, 1, 0], 1, 3))
            );

        Assert.That(Masked(7), Is.EqualTo(Masked(8)).Within(1e-5));
    }

    [Test]
    public void The_runtime_finds_something_to_fuse()
    {
        using var folder = new TemporaryFolder();
        var optimized = Path.Combine(folder.Path, "optimized.onnx");
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
            OptimizedModelFilePath = optimized,
        };
        using var session = new InferenceSession(SyntheticTransformer.Build(Small).ToArray(), options);

        Assert.That(File.ReadAllBytes(optimized).AsSpan().IndexOf("BiasGelu"u8), Is.Positive);
    }

    [Test]
    public void External_data_holds_the_same_model()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "external.onnx");
        SyntheticTransformer.Build(Small with { ExternalData = true }).Save(path);
        using var external = new InferenceSession(path);
        using var inline = new InferenceSession(SyntheticTransformer.Build(Small).ToArray());

        Assert.That(Runs.Transformer(external, [1, 2, 3], 1), Is.EqualTo(Runs.Transformer(inline, [1, 2, 3], 1)));
    }

    [TestCase(3)]
    [TestCase(50)]
    [TestCase(268)]
    [TestCase(900)]
    [TestCase(2500)]
    public void ForMegabytes_comes_within_a_few_percent(int megabytes)
    {
        var options = SyntheticTransformerOptions.ForMegabytes(megabytes);

        Assert.That(options.Parameters * 4 / 1e6, Is.EqualTo(megabytes).Within(5).Percent);
        Assert.That(options.ExternalData, Is.EqualTo(megabytes >= 2000));
    }

    [Test]
    public void The_declared_number_of_weights_is_the_number_written()
    {
        var weights = 0L;
        SyntheticTransformer.Build(Small).Graph(graph => weights = graph.InitializerBytes / sizeof(float));

        Assert.That(weights - Small.Parameters, Is.InRange(0, 1000), "only constants of shapes and positions come on top");
    }

    [Test]
    public void GetOrCreate_makes_the_model_once()
    {
        var path = SyntheticTransformer.GetOrCreate(Small);
        var made = File.GetLastWriteTimeUtc(path);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(SyntheticTransformer.GetOrCreate(Small), Is.EqualTo(path));
            Assert.That(File.GetLastWriteTimeUtc(path), Is.EqualTo(made));
            Assert.That(Path.GetDirectoryName(path), Is.EqualTo(TestModels.Folder));
            Assert.That(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), Is.EqualTo(Digest(Small)));
        }
    }

    private static string Digest(SyntheticTransformerOptions options) =>
        Convert.ToHexStringLower(SHA256.HashData(SyntheticTransformer.Build(options).ToArray()));
}
