using System.Globalization;
using ModelPersistence.Download.Child;
using ModelPersistence.Download.Harness;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is [ChildOptions.Verb, .. var child])
{
    return await ChildProgram.RunAsync(ChildOptions.Parse(child));
}

if (HarnessOptions.TryParse(args, out var options))
{
    return await DownloadHarness.RunAsync(options);
}

Console.Error.WriteLine(HarnessOptions.Usage);
return 2;
