using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Measuring;

namespace ModelPersistence.ColdStart.Child;

/// <summary>A host whose code opens the model itself: <c>new InferenceSession(path)</c>.</summary>
internal static class PlainStart
{
    public static async Task RunAsync(ChildOptions options, long main)
    {
        var clock = new StartClock(main, options);
        var inputs = Workload.Inputs(options.Workload, 0);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        using var host = builder.Build();
        clock.Built();
        await host.StartAsync();
        ProcessMemory? before = null;
        if (options.From == "load")
        {
            OrtEnv.Instance();
            before = options.Then == "hold" ? ProcessMemory.Read() : null;
        }

        clock.Load();
        using var session = new InferenceSession(options.Model);
        using var run = new RunOptions();
        using var outputs = session.Run(run, Workload.Names(inputs), Workload.ToValues(inputs), session.OutputNames);
        Announcement.Say(clock.Done(outputs));
        if (options.Then == "hold")
        {
            for (var i = 0; i < 10; i++)
            {
                session.Run(run, Workload.Names(inputs), Workload.ToValues(inputs), session.OutputNames).Dispose();
            }

            await MemoryHold.RunAsync(before!);
        }
    }
}
