using System.Globalization;
using ModelPersistence.ColdStart.Child;
using ModelPersistence.ColdStart.Harness;

// The first thing a measured process does is look at the clock.
var main = TimeProvider.System.GetTimestamp();
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is [ChildOptions.Verb, .. var child])
{
    return await ChildProgram.RunAsync(ChildOptions.Parse(child), main);
}

if (HarnessOptions.TryParse(args, out var options))
{
    return await ColdStartHarness.RunAsync(options);
}

Console.Error.WriteLine(HarnessOptions.Usage);
return 2;
