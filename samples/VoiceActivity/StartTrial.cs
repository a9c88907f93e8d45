using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Serving;
using ModelPersistence.Startup;

namespace VoiceActivity;

/// <summary>
/// What a fresh process does for the comparison: build a host, start it, load the model the one way or the other, run it once, and say
/// how long that took. Both ways have the same host, the same inputs, the same clock, which starts before the host is built.
/// </summary>
internal static class StartTrial
{
    public const string Verb = "--start-trial";

    public static Task RunAsync(string[] arguments) => arguments switch
    {
        ["plain", var workload, var path] => PlainAsync(workload, path),
        ["managed", var workload, var reference, var repository, var cache] => ManagedAsync(workload, reference, repository, cache, settle: false),
        ["settle", var workload, var reference, var repository, var cache] => ManagedAsync(workload, reference, repository, cache, settle: true),
        _ => throw new ArgumentException("Not a trial."),
    };

    /// <summary>What most programs do today.</summary>
    private static async Task PlainAsync(string workload, string path)
    {
        var inputs = TrialInputs.For(workload);
        var begun = TimeProvider.System.GetTimestamp();

        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        using var host = builder.Build();
        await host.StartAsync();
        using var session = new InferenceSession(path);
        var values = TrialInputs.ToValues(inputs);
        using var options = new RunOptions();
        using var outputs = session.Run(options, [.. inputs.Select(static input => input.Name)], values, session.OutputNames);

        Report(begun, outputs[0]);
        await host.StopAsync();
    }

    /// <summary>The same with model management.</summary>
    private static async Task ManagedAsync(string workload, string reference, string repository, string cache, bool settle)
    {
        var inputs = TrialInputs.For(workload);
        var begun = TimeProvider.System.GetTimestamp();

        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddModelManagement(options => options.CachePath = cache)
            .AddSharedVolume(repository)
            .AddModel(reference, model => model.Critical());
        using var host = builder.Build();
        await host.StartAsync();
        using var lease = await host.Services.GetRequiredService<IModelProvider>().GetAsync(reference);
        using var outputs = lease.Run(inputs);

        Report(begun, outputs[0]);
        var status = host.Services.GetRequiredService<IModelStatus>();
        Console.WriteLine(status.Models.Single(model => model.Reference == reference).Timeline);
        if (settle)
        {
            // Lets the preparation behind the start finish, as it does in any host that lives longer than this one.
            await status.WaitForAsync(StartupPhase.FullyReady);
        }

        lease.Dispose();
        await host.StopAsync();
    }

    private static void Report(long begun, OrtValue output)
    {
        var elapsed = TimeProvider.System.GetElapsedTime(begun);
        var values = string.Join(' ', output.GetTensorDataAsSpan<float>().ToArray().Select(static value => value.ToString("R", CultureInfo.InvariantCulture)));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{elapsed.TotalMilliseconds} {values}"));
    }
}
