using ModelPersistence.Publishing;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Models;

namespace VoiceActivity;

/// <summary>Publishes models into a folder, as a training pipeline would.</summary>
internal static class ModelPublishing
{
    /// <summary>What the models leave open: how much sound is given at once, and the sampling rate.</summary>
    private static readonly WarmupHints VadHints = new()
    {
        Inputs = new Dictionary<string, InputHint>
        {
            ["input"] = new() { Shape = [1, 576] },
            ["state"] = new() { Shape = [2, 1, 128] },
            ["sr"] = new() { Shape = [], Values = [Recording.Rate] },
        },
    };

    private static readonly WarmupHints TransformerHints = new() { Dimensions = new Dictionary<string, long> { ["batch"] = 1, ["sequence"] = TrialInputs.Sequence } };

    public static Task<IReadOnlyList<PublishedModel>> PublishVadAsync(string repository) => PublishAsync(repository, async publisher =>
    [
        await publisher.PublishAsync(ModelFolder.Find("silero_vad_v5.onnx"), "vad", ModelVersion.Parse("1.0.0"), new PublishOptions { Warmup = VadHints }),
        await publisher.PublishAsync(ModelFolder.Find("silero_vad_v6.onnx"), "vad", ModelVersion.Parse("1.1.0"), new PublishOptions { Warmup = VadHints, Aliases = ["stable"] }),
    ]);

    public static Task<IReadOnlyList<PublishedModel>> PublishTransformerAsync(string repository, string path) => PublishAsync(repository, async publisher =>
    [
        await publisher.PublishAsync(path, "transformer", ModelVersion.Parse("1.0.0"), new PublishOptions { Warmup = TransformerHints, Aliases = ["stable"] }),
    ]);

    private static async Task<IReadOnlyList<PublishedModel>> PublishAsync(string repository, Func<IModelRepository, Task<IReadOnlyList<PublishedModel>>> publish)
    {
        Directory.CreateDirectory(repository);
        var services = new ServiceCollection();
        services.AddModelManagement(options => options.EagerStart = false).AddSharedVolume(repository);
        await using var provider = services.BuildServiceProvider();
        return await publish(provider.GetRequiredService<IModelRepository>());
    }
}
