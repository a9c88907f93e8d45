namespace ModelPersistence.ColdStart.Child;

/// <summary>What runs in a measured process.</summary>
internal static class ChildProgram
{
    public static async Task<int> RunAsync(ChildOptions options, long main)
    {
        switch (options.Way)
        {
            case "reference":
                ReferenceRun.Write(options);
                break;
            case "plain":
                await PlainStart.RunAsync(options, main);
                break;
            case "managed":
                await ManagedStart.RunAsync(options, main);
                break;
            default:
                throw new ArgumentException($"'{options.Way}' is no way to load a model.");
        }

        return 0;
    }
}
