using ModelPersistence.Serving.Harness;

namespace ModelPersistence.Serving.Budgeting;

/// <summary>Looks every millisecond at what is held, on a thread of its own.</summary>
internal sealed class BudgetSampler : IDisposable
{
    // Reading it from the system costs more than a look at the budget.
    private const int SamplesToPrivate = 10;

    private readonly ServingHost _host;
    private readonly long _budget;
    private readonly Thread _thread;
    private volatile bool _stopping;

    public BudgetSampler(ServingHost host, long budget)
    {
        (_host, _budget) = (host, budget);
        _thread = new Thread(Work) { IsBackground = true, Name = "sampler" };
        _thread.Start();
    }

    public int Samples { get; private set; }

    /// <summary>Samples in which more was claimed than the budget has.</summary>
    public int Over { get; private set; }

    public long MostHeld { get; private set; }

    /// <summary>The most that the status said the models' sessions take together.</summary>
    public long MostShown { get; private set; }

    public int MostModels { get; private set; }

    public long MostPrivate { get; private set; }

    public double MeanModels => Samples == 0 ? 0 : (double)_models / Samples;

    private long _models;

    /// <summary>Ends the sampling; the figures stay.</summary>
    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
    }

    private void Work()
    {
        while (!_stopping)
        {
            var held = _host.Budget.HeldBytes;
            var versions = _host.Status.Models.SelectMany(static model => model.Versions).ToList();
            var shown = versions.Sum(static version => version.PrivateBytes);
            (MostHeld, MostShown, MostModels) = (Math.Max(MostHeld, held), Math.Max(MostShown, shown), Math.Max(MostModels, versions.Count));
            _models += versions.Count;
            Over += Math.Max(held, shown) > _budget ? 1 : 0;
            if (Samples++ % SamplesToPrivate == 0)
            {
                MostPrivate = Math.Max(MostPrivate, ProcessResources.Private());
            }

            Thread.Sleep(1);
        }
    }
}
