using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Serving.Harness;
using ModelPersistence.Testing;

namespace ModelPersistence.Serving.Budgeting;

/// <summary>A folder with models that are alike in size and differ in their weights, and what each of them answers.</summary>
internal sealed class BudgetStage(ScratchFolder scratch)
{
    public const int Models = 30;

    private readonly long[] _ids = [.. Enumerable.Range(0, 32).Select(static i => (i * 37L) % 1000)];
    private readonly long[] _mask = [.. Enumerable.Repeat(1L, 32)];
    private readonly float[][][] _answers = new float[Models][][];

    public string Volume => scratch["volume"];

    public string Cache => scratch["cache"];

    public (string Name, Array Data, long[] Shape)[] Input => [("input_ids", _ids, [1, _ids.Length]), ("attention_mask", _mask, [1, _mask.Length])];

    public AnswerKey Key => new(_answers);

    public long ModelBytes { get; private set; }

    public static string Reference(int model) => $"model-{model:00}";

    public async Task PublishAsync(IModelRepository repository)
    {
        var path = scratch["model.onnx"];
        WarmupHints hints = new() { Dimensions = new Dictionary<string, long> { ["batch"] = 1, ["sequence"] = _ids.Length } };
        for (var model = 0; model < Models; model++)
        {
            SyntheticTransformer.Build(SyntheticTransformerOptions.Size21MB with { Classes = 8, Seed = (ulong)model + 100, HeadSeed = (ulong)model + 100 }).Save(path);
            ModelBytes = new FileInfo(path).Length;
            _answers[model] = [Answer(path)];
            await repository.PublishAsync(path, Reference(model), ModelVersion.Parse("1.0.0"), new PublishOptions { Warmup = hints });
        }
    }

    private float[] Answer(string path)
    {
        using var session = new InferenceSession(path);
        using var ids = OrtValue.CreateTensorValueFromMemory(_ids, [1, _ids.Length]);
        using var mask = OrtValue.CreateTensorValueFromMemory(_mask, [1, _mask.Length]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["input_ids", "attention_mask"], [ids, mask], session.OutputNames);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
