using ModelPersistence.Testing;

namespace VoiceActivity;

/// <summary>The comparison alone, on a transformer of any size with random weights, which costs to load what a real one costs.</summary>
internal static class SyntheticDemo
{
    public static async Task RunAsync(int megabytes, int pairs)
    {
        Console.WriteLine($"\n▶ Compare the start with new InferenceSession(path), in fresh processes: a synthetic {megabytes} MB transformer\n");
        var path = SyntheticTransformer.GetOrCreate(megabytes == 268 ? SyntheticTransformerOptions.Size268MB : SyntheticTransformerOptions.ForMegabytes(megabytes));
        await StartComparison.RunAsync("transformer", path, "transformer:stable", repository => ModelPublishing.PublishTransformerAsync(repository, path), pairs);
    }
}
