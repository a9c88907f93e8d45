using System.Globalization;
using ModelPersistence.Endpoint.Harness;
using ModelPersistence.Endpoint.Servers;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case [ServerNames.Verb, ServerNames.Plain, var folder]:
        await PlainServer.RunAsync(folder);
        return 0;
    case [ServerNames.Verb, ServerNames.Own, var folder]:
        await OwnServer.RunAsync(folder, isListenedTo: false);
        return 0;
    case [ServerNames.Verb, ServerNames.Listened, var folder]:
        await OwnServer.RunAsync(folder, isListenedTo: true);
        return 0;
    case [ServerNames.Verb, ServerNames.Start or ServerNames.First, var folder, var port, var model]:
        await StartServer.RunAsync(folder, int.Parse(port), hasModel: model == "with", isFirst: args[1] == ServerNames.First);
        return 0;
}

if (!HarnessOptions.TryParse(args, out var options))
{
    Console.Error.WriteLine(HarnessOptions.Usage);
    return 2;
}

return await (options.Experiment == HarnessOptions.Start ? StartHarness.RunAsync(options) : EndpointHarness.RunAsync(options)) ? 0 : 1;
