using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Serving.Harness;
using ModelPersistence.Serving.Reporting;

namespace ModelPersistence.Serving.Budgeting;

/// <summary>Many models in a budget that holds a few: first with patience, then without.</summary>
internal static class BudgetExperiment
{
    private const int Fit = 5;

    private const string Method = """
        30 synthetic transformers of one size with different weights lie in a folder that is shared like a volume; each request takes one of them by chance, so that most of them find theirs unloaded. Nothing
        is prepared (Prepare is off): prepared weights are mapped and would hardly count. A host with plenty of room loads each model once before, so that it is known what one takes; the budget is
        five times the most of that. Every answer is compared with that of a plain session. A thread of its own looks every millisecond at what is claimed, and every ten at the process's
        private memory (RssAnon). That has the managed heap, the threads' stacks and the runs' scratch memory in it too, so that it is compared with what it was at most while the same clients asked for one
        model only, less what that one had claimed. A claim is corrected by what the load seemed to take; amid other loads and unloads that can seem less than it is alone, and then more models
        than five are admitted and the private memory goes beyond the budget though the claims do not. In the second part MemoryTimeout is zero: a load that finds the memory in
        use is refused at once.
        """;

    public static async Task<ServingReport> RunAsync(HarnessOptions options)
    {
        ServingReport report = new("Thirty models in the memory of five", Method);
        using ScratchFolder scratch = new();
        BudgetStage stage = new(scratch);
        Directory.CreateDirectory(stage.Volume);
        var budget = Fit * await MeasureOneAsync(stage);
        report.Text.Note($"A model's file has {stage.ModelBytes / 1e6:0.0} MB; the budget is {budget / 1e6:0.0} MB.");
        BudgetTables.AddPatient(report, budget, await LoadAsync(options, stage, budget, TimeSpan.FromSeconds(30)));
        BudgetTables.AddImpatient(report, budget, await LoadAsync(options, stage, budget, TimeSpan.Zero));
        return report;
    }

    /// <summary>Publishes the models, and loads each; the most bytes that one takes.</summary>
    private static async Task<long> MeasureOneAsync(BudgetStage stage)
    {
        await using var host = await StartAsync(stage, 8L << 30, TimeSpan.FromSeconds(30));
        await stage.PublishAsync(host.Repository);
        for (var model = 0; model < BudgetStage.Models; model++)
        {
            await host.SettleAsync(BudgetStage.Reference(model));
        }

        return host.Status.Models.SelectMany(static model => model.Versions).Max(static version => version.PrivateBytes);
    }

    private static async Task<BudgetOutcome> LoadAsync(HarnessOptions options, BudgetStage stage, long budget, TimeSpan patience)
    {
        await using var host = await StartAsync(stage, budget, patience);
        await using ChangeCounter changes = new(host.Status);
        BudgetClient client = new(host.Models, stage);
        using Clients clients = new(options.Threads, client.Request);
        await host.SettleAsync(BudgetStage.Reference(0));
        var one = await SampleAsync(TimeSpan.FromSeconds(Math.Min(5, options.Seconds)), new Tally(options.Threads));
        client.Models = BudgetStage.Models;
        Tally tally = new(options.Threads);
        var sampler = await SampleAsync(TimeSpan.FromSeconds(options.Seconds), tally);
        return new BudgetOutcome(tally, client.Refusals, sampler, one.MostPrivate - one.MostHeld, changes[ModelChangeKind.Ready], changes[ModelChangeKind.Unloaded]);

        async Task<BudgetSampler> SampleAsync(TimeSpan duration, Tally told)
        {
            using BudgetSampler looking = new(host, budget);
            await clients.WorkAsync(told, () => Task.Delay(duration, TimeProvider.System));
            return looking;
        }
    }

    private static Task<ServingHost> StartAsync(BudgetStage stage, long budget, TimeSpan patience) => ServingHost.StartAsync(
        configure =>
        {
            configure.CachePath = stage.Cache;
            configure.Prepare = false;
            configure.MemoryBudgetBytes = budget;
            configure.MemoryTimeout = patience;
        },
        builder => builder.AddSharedVolume(stage.Volume));
}
