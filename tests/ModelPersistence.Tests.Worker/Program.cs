using ModelPersistence.Tests.Worker;

// A process that tests start and kill: the first argument says what it does.
return args switch
{
    ["publish", .. var rest] => await PublishVerb.RunAsync(rest),
    ["load", .. var rest] => await LoadVerb.RunAsync(rest),
    ["prepare", .. var rest] => await PrepareVerb.RunAsync(rest),
    ["fetch", .. var rest] => await FetchVerb.RunAsync(Options.Parse(rest)),
    ["serve", .. var rest] => await ServeVerb.RunAsync(Options.Parse(rest)),
    ["hold-version", .. var rest] => await HoldVersionVerb.RunAsync(Options.Parse(rest)),
    ["clean-up", .. var rest] => await CleanupVerb.RunAsync(Options.Parse(rest)),
    ["hold-lock", .. var rest] => await HoldLockVerb.RunAsync(Options.Parse(rest)),
    _ => throw new ArgumentException($"'{string.Join(' ', args)}' is not known."),
};
