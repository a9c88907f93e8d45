using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Measuring;

namespace ModelPersistence.ColdStart.Child;

/// <summary>Writes what everybody is compared with: the outputs of a plain session on the model's own file.</summary>
internal static class ReferenceRun
{
    public static void Write(ChildOptions options)
    {
        using var session = new InferenceSession(options.Model);
        using var run = new RunOptions();
        var runs = Enumerable.Range(0, Workload.Count).Select(number =>
        {
            var inputs = Workload.Inputs(options.Workload, number);
            return (IReadOnlyList<OrtValue>)session.Run(run, Workload.Names(inputs), Workload.ToValues(inputs), session.OutputNames);
        });
        ExpectedOutputs.Write(options.Expected, [.. runs]);
        Announcement.SayReady();
        Announcement.Say();
    }
}
