using System.Runtime.CompilerServices;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Models;
using ModelPersistence.Serving.Harness;
using ModelPersistence.Testing;

namespace ModelPersistence.Serving.Swapping;

/// <summary>One request: a lease, a run, and a look at every element of the answer, which is not timed.</summary>
internal sealed class VoiceClient(IModelProvider models)
{
    private readonly (string Name, Array Data, long[] Shape)[][] _inputs = [.. Enumerable.Range(0, VoiceModel.Inputs).Select(VoiceModel.Input)];
    private readonly AnswerKey _key = new(VoiceModel.Answers(TestModels.SileroVadV5), VoiceModel.Answers(TestModels.SileroVadV6));
    private readonly ConditionalWeakTable<InferenceSession, object> _sessions = [];
    private int _seen;

    /// <summary>How many different sessions have answered.</summary>
    public int SessionsSeen => Volatile.Read(ref _seen);

    /// <summary>Those of them that something still refers to. Collect garbage before.</summary>
    public int SessionsAlive => _sessions.Count();

    public void Request(int thread, long number, Tally tally)
    {
        var input = (int)((thread + number) % VoiceModel.Inputs);
        try
        {
            var begun = TimeProvider.System.GetTimestamp();
            var lease = Leases.Get(models, SwapStage.Reference);
            var (version, session) = (lease.Version, lease.Session);
            using var outputs = lease.Run(_inputs[input]);
            lease.Dispose();
            tally.Answered(thread, TimeProvider.System.GetElapsedTime(begun));
            Check(version, input, outputs, tally);
            Remember(session);
        }
        catch (Exception e)
        {
            tally.HasFailed(e);
        }
    }

    private void Check(ModelVersion version, int input, ModelOutputs outputs, Tally tally)
    {
        var model = version == SwapStage.First ? 0 : version == SwapStage.Second ? 1 : -1;
        if (model < 0 || !_key.Is(model, input, outputs))
        {
            tally.WasWrong($"version {version} to input {input}");
        }
    }

    private void Remember(InferenceSession session)
    {
        if (!_sessions.TryGetValue(session, out _) && _sessions.TryAdd(session, this))
        {
            Interlocked.Increment(ref _seen);
        }
    }
}
