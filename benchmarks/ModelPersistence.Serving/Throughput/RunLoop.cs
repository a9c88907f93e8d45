using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Serving.Harness;

namespace ModelPersistence.Serving.Throughput;

/// <summary>The ways to run a model again and again, each with the values it needs made once for each thread.</summary>
internal static class RunLoop
{
    private static readonly string[] Names = [.. VoiceModel.Input(0).Select(static one => one.Name)];

    /// <summary>A session that the caller owns.</summary>
    public static long Session(InferenceSession session, Func<bool> goesOn)
    {
        var values = VoiceModel.Values(VoiceModel.Input(0));
        long runs = 0;
        while (goesOn())
        {
            using var options = new RunOptions();
            using var outputs = session.Run(options, Names, values, session.OutputNames);
            runs++;
        }

        Array.ForEach(values, static value => value.Dispose());
        return runs;
    }

    /// <summary>A lease for each run.</summary>
    public static long Lease(IModelProvider models, string reference, Func<bool> goesOn)
    {
        var values = VoiceModel.Values(VoiceModel.Input(0));
        long runs = 0;
        while (goesOn())
        {
            using var lease = Leases.Get(models, reference);
            using var outputs = lease.Run(Names, values);
            runs++;
        }

        Array.ForEach(values, static value => value.Dispose());
        return runs;
    }
}
