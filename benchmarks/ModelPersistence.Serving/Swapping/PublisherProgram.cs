using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Models;
using ModelPersistence.Publishing;

namespace ModelPersistence.Serving.Swapping;

/// <summary>
/// The side that publishes and moves the alias, in a process of its own, as a training pipeline is: what it takes is not the serving
/// process's. It reads one command a line: a version to point to, or <c>broken</c>; and answers each with the version.
/// </summary>
internal static class PublisherProgram
{
    public const string Verb = "publisher";
    public const string Broken = "broken";

    public static async Task<int> RunAsync(string volume)
    {
        ServiceCollection services = new();
        services.AddModelManagement(static options => options.EagerStart = false).AddSharedVolume(volume);
        await using var provider = services.BuildServiceProvider();
        SwapStage stage = new(provider.GetRequiredService<IModelRepository>(), Path.GetDirectoryName(volume)!);
        await stage.PublishAsync();
        await AnswerAsync(SwapStage.First);
        while (await Console.In.ReadLineAsync() is { } command)
        {
            var version = command == Broken ? await stage.PublishBrokenAsync() : ModelVersion.Parse(command);
            await stage.PointAsync(version);
            await AnswerAsync(version);
        }

        return 0;
    }

    private static async Task AnswerAsync(ModelVersion version)
    {
        await Console.Out.WriteLineAsync(version.ToString());
        await Console.Out.FlushAsync();
    }
}
