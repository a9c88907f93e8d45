using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Models;
using ModelPersistence.Preparation;
using ModelPersistence.Repositories;
using ModelPersistence.Runtime;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Preparation;

[CancelAfter(120_000)]
public class PreparationLadderTests
{
    [Test]
    public async Task A_transformer_becomes_a_graph_with_external_weights_for_both_tiers([Values] bool packed, CancellationToken cancellationToken)
    {
        var kind = packed ? ArtifactKind.Packed : ArtifactKind.Portable;
        using var scene = new PreparationScene { Hints = new WarmupHints { Dimensions = new Dictionary<string, long> { ["sequence"] = 8 } } };
        var local = PreparationScene.Local(SyntheticTransformer.GetOrCreate(SyntheticTransformerOptions.Size2MB));

        var artifact = await scene.PrepareAsync(kind, local, cancellationToken);

        TestContext.Out.WriteLine($"{artifact.Form} {artifact.SizeBytes} {string.Join("; ", artifact.Refusals)}");
        var (original, prepared) = scene.RunBoth(local, artifact, kind == ArtifactKind.Portable ? Packing.None : Packing.Kernel);
        using var all = Assert.EnterMultipleScope();
        Assert.That(artifact.Form, Is.EqualTo(ArtifactForm.ExternalWeights));
        Assert.That(artifact.Refusals, Is.Empty);
        Assert.That(artifact.Initializers, Is.Not.Empty);
        Assert.That(artifact.TouchRanges, Is.Not.Empty);
        Assert.That(artifact.Document.Packed, kind == ArtifactKind.Packed ? Is.Not.Empty : Is.Empty);
        Assert.That(artifact.Document.PreparedMs, kind == ArtifactKind.Packed ? Is.Positive : Is.Null);
        Assert.That(OutputComparer.WhyUnequal(prepared, original), Is.Null);
    }

    [Test]
    public async Task A_portable_artifact_serves_the_second_tier_too_when_packed_ones_are_not_wanted(CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene();
        var local = PreparationScene.Local(TestModels.OcrOrientation);
        var artifact = await scene.PrepareAsync(ArtifactKind.Portable, local, cancellationToken);
        var (original, prepared) = scene.RunBoth(local, artifact, Packing.Kernel);
        Assert.That(OutputComparer.WhyUnequal(prepared, original), Is.Null);
    }

    [Test]
    public async Task Embedding_tables_are_not_touched(CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene();
        var artifact = await scene.PrepareAsync(ArtifactKind.Portable, PreparationScene.Local(SyntheticTransformer.GetOrCreate(SyntheticTransformerOptions.Size2MB)), cancellationToken);
        var table = artifact.Initializers.Where(static tensor => tensor.Name.Contains("embeddings.word", StringComparison.Ordinal)).ToList();
        Assert.That(table, Is.Not.Empty);
        Assert.That(
            artifact.TouchRanges.Any(range => range.Offset <= table[0].Range.Offset && range.Offset + range.Length >= table[0].Range.Offset + table[0].Range.Length),
            Is.False);
    }

    [Test]
    public async Task A_model_with_subgraphs_takes_the_next_form_and_says_why([Values] bool packed, CancellationToken cancellationToken)
    {
        var kind = packed ? ArtifactKind.Packed : ArtifactKind.Portable;
        using var scene = new PreparationScene { Hints = Silero };
        var local = PreparationScene.Local(TestModels.SileroVadV5);

        var artifact = await scene.PrepareAsync(kind, local, cancellationToken);

        TestContext.Out.WriteLine($"{kind}: {artifact.Form}; {string.Join("; ", artifact.Refusals)}");
        Assert.That(artifact.Form, Is.Not.EqualTo(ArtifactForm.ExternalWeights));
        Assert.That(artifact.Refusals.Select(static refusal => refusal.Form), Does.Contain(ArtifactForm.ExternalWeights));
        Assert.That(artifact.Refusals.Select(static refusal => refusal.Reason), Is.All.Not.Empty);
        if (artifact.Form != ArtifactForm.Original)
        {
            var (original, prepared) = scene.RunBoth(local, artifact, kind == ArtifactKind.Portable ? Packing.None : Packing.Kernel);
            Assert.That(OutputComparer.WhyUnequal(prepared, original), Is.Null);
        }
    }

    [TestCase("ocr-orientation")]
    [TestCase("ocr-recognition")]
    public async Task Convolutional_models_answer_the_same_in_both_tiers(string which, CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene
        {
            Hints = new WarmupHints { Inputs = new Dictionary<string, InputHint> { ["x"] = new() { Shape = which == "ocr-orientation" ? [1, 3, 48, 192] : [1, 3, 48, 320] } } },
        };
        var local = PreparationScene.Local(which == "ocr-orientation" ? TestModels.OcrOrientation : TestModels.OcrRecognition);
        foreach (var kind in Enum.GetValues<ArtifactKind>())
        {
            var artifact = await scene.PrepareAsync(kind, local, cancellationToken);
            TestContext.Out.WriteLine($"{kind}: {artifact.Form} {artifact.SizeBytes} bytes, {artifact.Document.OriginalMs} → {artifact.Document.PreparedMs} ms; {string.Join("; ", artifact.Refusals)}");
            if (artifact.Form != ArtifactForm.Original)
            {
                var (original, prepared) = scene.RunBoth(local, artifact, kind == ArtifactKind.Portable ? Packing.None : Packing.Kernel);
                Assert.That(OutputComparer.WhyUnequal(prepared, original), Is.Null);
            }
        }
    }

    [Test]
    public async Task A_tiny_model_has_nothing_to_map_and_says_so(CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene();
        var local = scene.Save(TestModels.Add(width: 4));
        var artifact = await scene.PrepareAsync(ArtifactKind.Portable, local, cancellationToken);
        TestContext.Out.WriteLine($"{artifact.Form}; {string.Join("; ", artifact.Refusals)}");
        using var all = Assert.EnterMultipleScope();
        Assert.That(artifact.Refusals[0], Is.EqualTo(new Refusal(ArtifactForm.ExternalWeights, "no constant is large enough to be mapped")));
        Assert.That(await scene.FindAsync(ArtifactKind.Portable, cancellationToken), Is.Not.Null);
    }

    [Test]
    public async Task Weights_that_the_runtime_leaves_unaligned_are_aligned([Values] bool packed, CancellationToken cancellationToken)
    {
        var kind = packed ? ArtifactKind.Packed : ArtifactKind.Portable;
        using var scene = new PreparationScene();
        var local = scene.Save(Misaligned());
        var artifact = await scene.PrepareAsync(kind, local, cancellationToken);
        var (original, prepared) = scene.RunBoth(local, artifact, kind == ArtifactKind.Portable ? Packing.None : Packing.Kernel);
        using var all = Assert.EnterMultipleScope();
        Assert.That(artifact.Form, Is.EqualTo(ArtifactForm.ExternalWeights), string.Join("; ", artifact.Refusals));
        Assert.That(artifact.Initializers.Where(static tensor => tensor.Type == 1).Select(static tensor => tensor.Range.Offset % 4), Is.All.Zero);
        Assert.That(artifact.Document.Packed.Select(static range => range.Offset % 64), Is.All.Zero);
        Assert.That(OutputComparer.WhyUnequal(prepared, original), Is.Null);
    }

    [Test]
    public async Task Random_models_are_compared_by_shape(CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene();
        var artifact = await scene.PrepareAsync(ArtifactKind.Portable, scene.Save(TestModels.Random()), cancellationToken);
        Assert.That(artifact.Form, Is.Not.EqualTo(ArtifactForm.Original), string.Join("; ", artifact.Refusals));
    }

    [Test]
    public async Task Not_a_number_is_an_answer_like_any_other(CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene();
        var local = scene.Save(new OnnxModelBuilder().Graph(graph => graph
            .Input("x", TensorElementType.Float, "batch", 1024)
            .Initializer("w", TensorElementType.Float, [1024], static (bytes, _) => bytes.Fill(0xFF))
            .Node("Add", ["x", "w"], ["y"])
            .Output("y", TensorElementType.Float, "batch", 1024)));
        var artifact = await scene.PrepareAsync(ArtifactKind.Portable, local, cancellationToken);
        Assert.That(artifact.Form, Is.EqualTo(ArtifactForm.ExternalWeights), string.Join("; ", artifact.Refusals));
    }

    [Test]
    public void A_model_whose_inputs_cannot_be_made_is_not_prepared_and_says_which_hint_helps(CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene();
        var local = scene.Save(TestModels.MultipleOfSix());
        var error = Assert.ThrowsAsync<ModelLoadException>(() => scene.PrepareAsync(ArtifactKind.Portable, local, cancellationToken));
        Assert.That(error!.Message, Does.Contain("Warmup:Dimensions"));
        Assert.That(scene.FoldersInStore(), Is.Empty);
    }

    [Test]
    public async Task Golden_samples_suffice_where_inputs_cannot_be_made_up(CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene();
        var local = scene.Save(TestModels.MultipleOfSix());
        GoldenSample sample = new()
        {
            Inputs = new Dictionary<string, TensorValue> { ["x"] = new() { ElementType = "float", Shape = [12], Data = new byte[48] } },
            Outputs = new Dictionary<string, TensorValue>(),
        };
        await scene.PrepareAsync(ArtifactKind.Portable, local, cancellationToken, [sample]);
        Assert.That(scene.FoldersInStore(), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_model_that_the_runtime_refuses_leaves_nothing_behind(CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene();
        var local = scene.Save(TestModels.UnknownOperator());
        var error = Assert.ThrowsAsync<ModelLoadException>(() => scene.PrepareAsync(ArtifactKind.Packed, local, cancellationToken));
        Assert.That(error!.Message, Does.Contain("cats").And.Contain(local.EntryPath));
        Assert.That(scene.FoldersInStore(), Is.Empty);
    }

    [Test]
    public void External_data_that_is_not_the_models_is_never_opened(CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene();
        var local = scene.Save(TestModels.MatMul(width: 32).ExternalData());
        var bare = local.Model.Unmanifested!;
        local = local with { Model = local.Model with { Unmanifested = new UnmanifestedModel(bare.Name, bare.Version, bare.Folder, bare.Entry, ["model.onnx"]) } };
        Assert.ThrowsAsync<ModelIntegrityException>(() => scene.PrepareAsync(ArtifactKind.Portable, local, cancellationToken));
    }

    [Test]
    public async Task A_model_with_external_data_of_its_own_is_prepared(CancellationToken cancellationToken)
    {
        using var scene = new PreparationScene();
        var local = scene.Save(TestModels.MatMul(width: 64).ExternalData());
        var artifact = await scene.PrepareAsync(ArtifactKind.Portable, local, cancellationToken);
        var (original, prepared) = scene.RunBoth(local, artifact, Packing.None);
        Assert.That(artifact.Form, Is.EqualTo(ArtifactForm.ExternalWeights));
        Assert.That(OutputComparer.WhyUnequal(prepared, original), Is.Null);
    }

    internal static WarmupHints Silero { get; } = new()
    {
        Inputs = new Dictionary<string, InputHint>
        {
            ["input"] = new() { Shape = [1, 576] },
            ["state"] = new() { Shape = [2, 1, 128], Values = [0] },
            ["sr"] = new() { Shape = [], Values = [16000] },
        },
    };

    /// <summary>Constants of odd lengths, then matrices: the runtime packs small constants without gaps.</summary>
    private static OnnxModelBuilder Misaligned() => new OnnxModelBuilder().Graph(graph => graph
        .Input("x", TensorElementType.Float, "batch", 37)
        .Input("i", TensorElementType.Int64, 1)
        .Initializer("bytes", TensorElementType.UInt8, [1025, 1], static (bytes, _) => bytes.Fill(3))
        .Initializer("w", TensorElementType.Float, [37, 41], Fill)
        .Initializer("v", TensorElementType.Float, [41, 37], Fill)
        .Node("Gather", ["bytes", "i"], ["b"])
        .Node("Cast", ["b"], ["f"], static attributes => attributes.Int("to", 1))
        .Node("MatMul", ["x", "w"], ["a"])
        .Node("MatMul", ["a", "v"], ["c"])
        .Node("Mul", ["c", "f"], ["y"])
        .Output("y", TensorElementType.Float, "batch", 37));

    private static void Fill(Span<byte> bytes, long offset)
    {
        for (var i = 0; i < bytes.Length; i += 4)
        {
            BitConverter.TryWriteBytes(bytes[i..], ((offset + i) % 97 / 97f) - 0.5f);
        }
    }
}
