using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPersistence.Configuration;
using ModelPersistence.Measuring;
using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Serving;
using ModelPersistence.Startup;

namespace ModelPersistence.ColdStart.Child;

/// <summary>The same host with model management.</summary>
internal static class ManagedStart
{
    public static async Task RunAsync(ChildOptions options, long main)
    {
        var clock = new StartClock(main, options);
        var inputs = Workload.Inputs(options.Workload, 0);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        Register(builder.Services, options);
        using var host = builder.Build();
        clock.Built();

        var models = host.Services.GetRequiredService<IModelProvider>();
        ProcessMemory? before = null;
        if (options.From == "load")
        {
            await host.Services.GetRequiredService<RuntimeEnvironment>().Created;
            before = options.Then == "hold" ? ProcessMemory.Read() : null;
        }

        // For a model that is named, the start of the host is the start of its load, and so inside the measured time.
        if (options.Named)
        {
            clock.Load();
            await host.StartAsync();
        }
        else
        {
            await host.StartAsync();
            clock.Load();
        }

        using (var lease = await models.GetAsync(options.Reference))
        using (var outputs = lease.Run(inputs))
        {
            Announcement.Say([.. clock.Done(outputs), ("tier", lease.Tier), ("session", SessionMilliseconds(host, options)), ("timeline", Timeline(host, options))]);
        }

        if (options.Then.Length > 0)
        {
            await FollowUpAsync(options, clock, host, models, before);
        }
    }

    private static async Task FollowUpAsync(ChildOptions options, StartClock clock, IHost host, IModelProvider models, ProcessMemory? before)
    {
        // Tier 0 is gone in moments: what is to be seen of it must be seen at once.
        var first = options.Then == "outputs" ? await OutputCheck.RunAsync("first", options, clock.Expected, models) : [];
        await SettledAsync(host, options);
        switch (options.Then)
        {
            case "settle":
                var entry = Entry(host, options);
                Announcement.Say(("tier", entry.Tier?.ToString() ?? "none"), ("degraded", string.Join(" | ", entry.Degradations)), ("timeline", Timeline(host, options)));
                await host.StopAsync();
                break;
            case "hold":
                await MemoryHold.RunAsync(before!);
                break;
            case "outputs":
                var last = await OutputCheck.RunAsync("last", options, clock.Expected, models);
                Announcement.Say([.. first, .. last, .. await WarmCall.RunAsync(options.Reference, models)]);
                break;
            case "latency":
                using (var lease = await models.GetAsync(options.Reference))
                {
                    Announcement.Say([("tier", lease.Tier), .. await LatencyDuel.RunAsync(options, lease)]);
                }

                break;
            default:
                throw new ArgumentException($"'{options.Then}' cannot follow.");
        }
    }

    private static void Register(IServiceCollection services, ChildOptions options)
    {
        var management = services.AddModelManagement(management =>
        {
            management.CachePath = options.Cache;
            management.RecordKey = options.RecordKey;
        });
        if (options.Repository.Length > 0)
        {
            management.AddSharedVolume(options.Repository);
            if (options.Named)
            {
                management.AddModel(options.Reference, model => Describe(model.Critical(), options));
            }
        }
        else
        {
            management.AddModelFile(options.Reference, options.Model, model => Hint(Describe(model.Critical(), options), options.Workload));
        }
    }

    private static ModelRegistration Describe(ModelRegistration model, ChildOptions options)
    {
        if (options.Spinning is { } spinning)
        {
            model.Options.SessionConfig["session.intra_op.allow_spinning"] = spinning ? "1" : "0";
        }

        return model;
    }

    /// <summary>What a repository's manifest says, for a file that has none.</summary>
    private static void Hint(ModelRegistration model, string workload)
    {
        if (workload == Workload.Vad)
        {
            model.WarmupInput("input", [1, 576]).WarmupInput("state", [2, 1, 128]).WarmupInput("sr", [], 16000);
        }
        else
        {
            model.WarmupDimension("batch", 1).WarmupDimension("sequence", Workload.Sequence);
        }
    }

    /// <summary>Waits until no better session is on its way. A model that is not named has no part in the start-up phases.</summary>
    private static async Task SettledAsync(IHost host, ChildOptions options)
    {
        await host.Services.GetRequiredService<IModelStatus>().WaitForAsync(StartupPhase.FullyReady);
        while (!Entry(host, options).Settled)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    private static ModelStatusEntry Entry(IHost host, ChildOptions options)
    {
        // The status says references in their canonical form.
        var reference = ModelReference.Parse(options.Reference).ToString();
        return host.Services.GetRequiredService<IModelStatus>().Models.Single(entry => entry.Reference == reference);
    }

    /// <summary>What stands against the plain side's constructor and first run: finding and trusting the artifact or the file, opening the session, running it.</summary>
    private static double SessionMilliseconds(IHost host, ChildOptions options) =>
        (Entry(host, options).Timeline?.Steps ?? [])
            .Where(static step => !step.BehindStart && step.Phase is not (LoadPhase.Resolve or LoadPhase.Environment))
            .Sum(static step => step.Duration.TotalMilliseconds);

    private static string Timeline(IHost host, ChildOptions options) => Entry(host, options).Timeline?.ToString() ?? "";
}
