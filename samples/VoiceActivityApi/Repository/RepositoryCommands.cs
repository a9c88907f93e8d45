using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Publishing;

namespace VoiceActivityApi.Repository;

/// <summary>What a training pipeline and an operator do with the repository that the host serves from.</summary>
internal static class RepositoryCommands
{
    /// <summary>What the models leave open: how much sound is given at once, and the sampling rate.</summary>
    private static readonly WarmupHints Hints = new()
    {
        Inputs = new Dictionary<string, InputHint>
        {
            ["input"] = new() { Shape = [1, 576] },
            ["state"] = new() { Shape = [2, 1, 128] },
            ["sr"] = new() { Shape = [], Values = [16000] },
        },
    };

    public static async Task<int> RunAsync(IConfiguration configuration, string command, string argument)
    {
        var services = new ServiceCollection();
        services.AddSingleton(configuration);
        services.AddModelManagement(static options => options.EagerStart = false);
        CreateVolumes(configuration);
        await using var provider = services.BuildServiceProvider();
        var repository = provider.GetRequiredService<IModelRepository>();
        try
        {
            await (command == "publish" ? PublishAsync(repository, argument) : PointAsync(repository, argument));
            return 0;
        }
        catch (Exception e) when (e is ModelPersistenceException or FormatException or IOException or InvalidOperationException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static async Task PublishAsync(IModelRepository repository, string folder)
    {
        foreach (var (file, version) in new[] { ("silero_vad_v5.onnx", "1.0.0"), ("silero_vad_v6.onnx", "1.1.0") })
        {
            var published = await repository.PublishAsync(
                Path.Combine(folder, file), "vad", ModelVersion.Parse(version), new PublishOptions { Warmup = Hints, Aliases = ["stable"] });
            Console.WriteLine($"{published.Name}:{published.Version}  {published.Digest}");
        }
    }

    private static async Task PointAsync(IModelRepository repository, string version)
    {
        await repository.SetAliasAsync("vad", "stable", ModelVersion.Parse(version));
        Console.WriteLine($"vad:stable is {version}");
    }

    private static void CreateVolumes(IConfiguration configuration)
    {
        ModelManagementOptions options = new();
        configuration.GetSection(ModelManagementOptions.SectionName).Bind(options);
        foreach (var volume in options.Providers.Where(static volume => volume.Type == ProviderOptions.SharedVolume))
        {
            Directory.CreateDirectory(volume.Path);
        }
    }
}
