using System.Globalization;
using ModelPersistence.Serving.Budgeting;
using ModelPersistence.Serving.Harness;
using ModelPersistence.Serving.Swapping;
using ModelPersistence.Serving.Throughput;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is [PublisherProgram.Verb, var volume])
{
    return await PublisherProgram.RunAsync(volume);
}

if (!HarnessOptions.TryParse(args, out var options))
{
    Console.Error.WriteLine(HarnessOptions.Usage);
    return 2;
}

if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("The harness reads /proc: it needs Linux.");
    return 1;
}

var report = options.Experiment switch
{
    HarnessOptions.Swap => await SwapExperiment.RunAsync(options),
    HarnessOptions.Budget => await BudgetExperiment.RunAsync(options),
    _ => await ThroughputExperiment.RunAsync(options),
};
report.Write(options);
return report.IsMet ? 0 : 1;
