using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Serving.Harness;
using ModelPersistence.Testing;

namespace ModelPersistence.Serving.Swapping;

/// <summary>A shared volume with two good versions of a model, and broken ones that are published as the experiment goes.</summary>
internal sealed class SwapStage(IModelRepository repository, string folder)
{
    public const string Model = "vad";
    public const string Alias = "live";
    public const string Reference = "vad:live";

    private readonly PublishOptions _options = new() { Warmup = VoiceModel.Hints, MoveLatest = false };
    private readonly PublishOptions _lying = new() { Warmup = VoiceModel.Hints, MoveLatest = false, GoldenSamples = [VoiceModel.Sample(TestModels.SileroVadV5, 1)] };
    private int _broken;

    public static ModelVersion First { get; } = ModelVersion.Parse("1.0.0");

    public static ModelVersion Second { get; } = ModelVersion.Parse("1.1.0");

    private string Refused => Path.Combine(folder, "refused.onnx");

    public async Task PublishAsync()
    {
        TestModels.UnknownOperator().Save(Refused);
        await repository.PublishAsync(TestModels.SileroVadV5, Model, First, _options);
        await repository.PublishAsync(TestModels.SileroVadV6, Model, Second, _options);
        await PointAsync(First);
    }

    public Task PointAsync(ModelVersion version) => repository.SetAliasAsync(Model, Alias, version);

    /// <summary>Publishes a version that cannot serve: by turns one that the runtime refuses, and one that does not answer as its golden sample says.</summary>
    public async Task<ModelVersion> PublishBrokenAsync()
    {
        var version = ModelVersion.Parse($"2.0.{++_broken}");
        await (_broken % 2 == 1
            ? repository.PublishAsync(Refused, Model, version, _options)
            : repository.PublishAsync(TestModels.SileroVadV6, Model, version, _lying));
        return version;
    }
}
