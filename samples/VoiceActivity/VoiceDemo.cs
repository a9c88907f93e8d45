using ModelPersistence.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPersistence.Serving;
using ModelPersistence.Startup;

namespace VoiceActivity;

/// <summary>The demo on a real model: publish two versions, serve one by its alias, hear what it hears, compare the start.</summary>
internal static class VoiceDemo
{
    private const string Reference = "vad:stable";

    public static async Task RunAsync(int pairs)
    {
        using var scratch = new ScratchFolder();
        var recording = Recording.Read(Path.Combine(AppContext.BaseDirectory, "recording.wav"));

        Heading("Publish two versions of Silero VAD into a folder");
        foreach (var published in await ModelPublishing.PublishVadAsync(scratch["repository"]))
        {
            Console.WriteLine($"   {published.Name}:{published.Version}  {published.Digest}  {Aliases(published)}".TrimEnd());
        }

        await ServeAsync(scratch["repository"], scratch["cache"], recording);

        Heading("Compare the start with new InferenceSession(path), in fresh processes");
        await StartComparison.RunAsync("vad", ModelFolder.Find("silero_vad_v6.onnx"), Reference, ModelPublishing.PublishVadAsync, pairs);
        Console.WriteLine();
        Console.WriteLine("   The model has 2 MB: there is little to save. On 268 MB there is:  eng/demo.sh --synthetic 268");
    }

    private static async Task ServeAsync(string repository, string cache, Recording recording)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddModelManagement(options => options.CachePath = cache)
            .AddSharedVolume(repository)
            .AddModel(Reference, model => model.Critical());
        using var host = builder.Build();
        await host.StartAsync();

        var models = host.Services.GetRequiredService<IModelProvider>();
        using (var model = await models.GetAsync(Reference))
        {
            Heading($"Serve {Reference} (it is version {model.Version}) over {recording.Seconds:0.0} s of sound");
            var probabilities = SpeechDetector.Detect(model, recording);
            SpeechChart.Print(probabilities, recording);
            PrintSentences(probabilities, recording);
            PrintAgreement(Reference, probabilities, recording);
        }

        // Not named at start-up: loaded when it is first asked for.
        using (var model = await models.GetAsync("vad:1.0.0"))
        {
            PrintAgreement("vad:1.0.0 ", SpeechDetector.Detect(model, recording), recording);
        }

        var status = host.Services.GetRequiredService<IModelStatus>();
        await status.WaitForAsync(StartupPhase.FullyReady);
        Heading($"Load timeline of {Reference}: where its first start spent its time");
        LoadReport.Print(status.Models.Single(static entry => entry.Reference == Reference));
        await host.StopAsync();
    }

    private static void PrintSentences(float[] probabilities, Recording recording)
    {
        var heard = SpeechChart.Stretches(probabilities).ToList();
        Console.WriteLine();
        foreach (var sentence in recording.Sentences)
        {
            var (start, end) = heard.FirstOrDefault(stretch => stretch.Start < sentence.End && stretch.End > sentence.Start);
            Console.WriteLine($"   said {sentence.Start:0.00}–{sentence.End:0.00} s   heard {start:0.00}–{end:0.00} s   “{sentence.Words}”");
        }

        Console.WriteLine();
    }

    private static void PrintAgreement(string name, float[] probabilities, Recording recording)
    {
        var agreeing = SpeechDetector.CountAgreeing(probabilities, recording);
        Console.WriteLine($"   {name} agrees with the truth in {agreeing} of {probabilities.Length} windows of 32 ms ({100.0 * agreeing / probabilities.Length:0.0}%)");
    }

    private static string Aliases(PublishedModel published) =>
        string.Join(", ", published.Aliases?.Aliases.Where(alias => published.Version.Equals(alias.Value.Single)).Select(static alias => alias.Key) ?? []);

    private static void Heading(string text) => Console.WriteLine($"\n▶ {text}\n");
}
