using ModelPersistence.Models;
using ModelPersistence.Serving.Harness;

namespace ModelPersistence.Serving.Budgeting;

/// <summary>One request to a model by chance.</summary>
internal sealed class BudgetClient(IModelProvider models, BudgetStage stage)
{
    private readonly (string Name, Array Data, long[] Shape)[] _input = stage.Input;
    private readonly AnswerKey _key = stage.Key;
    private long _refusals;

    /// <summary>How many of the models are asked for.</summary>
    public int Models { get; set; } = 1;

    public long Refusals => Interlocked.Read(ref _refusals);

    public void Request(int thread, long number, Tally tally)
    {
        var model = Random.Shared.Next(Models);
        try
        {
            var begun = TimeProvider.System.GetTimestamp();
            var lease = Leases.Get(models, BudgetStage.Reference(model));
            using var outputs = lease.Run(_input);
            lease.Dispose();
            tally.Answered(thread, TimeProvider.System.GetElapsedTime(begun));
            if (!_key.Is(model, 0, outputs))
            {
                tally.WasWrong($"{BudgetStage.Reference(model)}, request {number}");
            }
        }
        catch (ModelMemoryException e) when (e.IsTransient)
        {
            Interlocked.Increment(ref _refusals);
        }
        catch (Exception e)
        {
            tally.HasFailed(e);
        }
    }
}
