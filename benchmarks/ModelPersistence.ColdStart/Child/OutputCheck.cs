using ModelPersistence.Serving;

namespace ModelPersistence.ColdStart.Child;

/// <summary>Runs every numbered input through the session that serves now and compares with the plain session's outputs.</summary>
internal static class OutputCheck
{
    public static async Task<(string Name, object Value)[]> RunAsync(string prefix, ChildOptions options, ExpectedOutputs expected, IModelProvider models)
    {
        using var lease = await models.GetAsync(options.Reference);
        var (difference, ofAllowed) = (0f, 0f);
        for (var number = 0; number < Workload.Count; number++)
        {
            using var outputs = lease.Run(Workload.Inputs(options.Workload, number));
            var (d, o) = expected.Compare(number, outputs);
            (difference, ofAllowed) = (Math.Max(difference, d), Math.Max(ofAllowed, o));
        }

        return [($"{prefix}.tier", lease.Tier), ($"{prefix}.difference", difference), ($"{prefix}.of-allowed", ofAllowed)];
    }
}
