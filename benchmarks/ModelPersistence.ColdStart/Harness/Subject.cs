using ModelPersistence.Publishing;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Models;
using ModelPersistence.Testing;

namespace ModelPersistence.ColdStart.Harness;

/// <summary>A model that is measured.</summary>
/// <param name="Title">What the tables call it.</param>
/// <param name="Workload">Its inputs.</param>
/// <param name="Path">Its own file.</param>
internal sealed record Subject(string Title, string Workload, string Path)
{
    public string Name => Workload;

    public string Reference => $"{Name}:stable";

    public double Megabytes => new FileInfo(Path).Length / 1e6;

    /// <summary>The synthetic transformer of that many MB, made in the user's cache when it is not there.</summary>
    public static Subject Synthetic(int megabytes) => new($"synthetic {megabytes} MB", Child.Workload.Transformer, SyntheticTransformer.GetOrCreate(megabytes switch
    {
        2 => SyntheticTransformerOptions.Size2MB,
        21 => SyntheticTransformerOptions.Size21MB,
        268 => SyntheticTransformerOptions.Size268MB,
        _ => SyntheticTransformerOptions.ForMegabytes(megabytes),
    }));

    public static Subject Vad() => new("Silero VAD v5, 2.3 MB", Child.Workload.Vad, TestModels.SileroVadV5);

    /// <summary>Publishes it into a folder, in this process, which measures nothing.</summary>
    public async Task PublishAsync(string repository)
    {
        Directory.CreateDirectory(repository);
        var services = new ServiceCollection();
        services.AddModelManagement(static options => options.EagerStart = false).AddSharedVolume(repository);
        await using var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<IModelRepository>().PublishAsync(
            Path, Name, ModelVersion.Parse("1.0.0"), new PublishOptions { Aliases = ["stable"], Warmup = Hints() });
    }

    private WarmupHints Hints() => Workload == Child.Workload.Vad
        ? new WarmupHints
        {
            Inputs = new Dictionary<string, InputHint>
            {
                ["input"] = new() { Shape = [1, 576] },
                ["state"] = new() { Shape = [2, 1, 128] },
                ["sr"] = new() { Shape = [], Values = [16000] },
            },
        }
        : new WarmupHints { Dimensions = new Dictionary<string, long> { ["batch"] = 1, ["sequence"] = Child.Workload.Sequence } };
}
