namespace ModelPersistence.Tests.Serving;

internal enum Holding
{
    Out,
    Waiting,
    Loading,
    Idle,
    InUse,
    Draining,
    Leaving,
}

internal enum BudgetAct
{
    Request,
    Loaded,
    Use,
    GiveBack,
    Drain,
    Free,
    Cancel,
    Expire,
}

/// <summary>What is laid down for one exploration: the sizes of the models, the budget, and which model is pinned.</summary>
internal sealed record BudgetWorld(long[] Sizes, long Budget, long Alone, int Pinned = -1, bool IsPatient = true);

/// <summary>What a memory budget should do, written as plainly as possible: one step after another, nothing at the same time.</summary>
internal sealed class BudgetReference(BudgetWorld world)
{
    private readonly List<int> _queue = [];
    private readonly List<int> _overdue = [];
    private readonly List<int> _uses = [];

    public Holding[] Models { get; } = [.. world.Sizes.Select(static _ => Holding.Out)];

    public int Waiting => _queue.Count;

    public long Held => Total(Holding.Loading, Holding.Idle, Holding.InUse, Holding.Draining, Holding.Leaving);

    /// <summary>Everything that the future depends on.</summary>
    public string Key => $"{string.Join(',', Models)} {string.Join(',', _queue)} {string.Join(',', _overdue.Order())} {string.Join(',', _uses.Where(model => Models[model] is Holding.Idle or Holding.InUse))}";

    public IEnumerable<(BudgetAct Act, int Model)> Possible()
    {
        for (var model = 0; model < Models.Length; model++)
        {
            BudgetAct[] acts = Models[model] switch
            {
                Holding.Out => [BudgetAct.Request],
                Holding.Waiting => [BudgetAct.Cancel],
                Holding.Loading => [BudgetAct.Loaded, BudgetAct.Free],
                Holding.Idle => [BudgetAct.Use, BudgetAct.Drain],
                Holding.InUse => [BudgetAct.GiveBack, BudgetAct.Drain],
                _ => [BudgetAct.Free],
            };
            foreach (var act in acts)
            {
                yield return (act, model);
            }
        }

        if (_queue.Count > _overdue.Count)
        {
            yield return (BudgetAct.Expire, 0);
        }
    }

    public void Do(BudgetAct act, int model)
    {
        switch (act)
        {
            case BudgetAct.Request:
                Models[model] = Holding.Waiting;
                _queue.Add(model);
                Become(world.IsPatient ? null : model);
                break;
            case BudgetAct.Expire:
                foreach (var waiting in _queue.ToList())
                {
                    Become(waiting);
                }

                break;
            case BudgetAct.Cancel:
                Leave(model);
                break;
            case BudgetAct.Loaded or BudgetAct.GiveBack:
                Models[model] = Holding.Idle;
                Used(model);
                break;
            default:
                Models[model] = act switch { BudgetAct.Use => Holding.InUse, BudgetAct.Drain => Holding.Draining, _ => Holding.Out };
                break;
        }

        Settle();
    }

    public long Total(params Holding[] kinds) => Enumerable.Range(0, Models.Length).Where(model => kinds.Contains(Models[model])).Sum(model => world.Sizes[model]);

    private void Settle()
    {
        while (_queue.Count > 0)
        {
            var first = _queue[0];
            if (Held + world.Sizes[first] <= world.Budget || (Held == 0 && world.Sizes[first] <= world.Alone))
            {
                Leave(first);
                Models[first] = Holding.Loading;
            }
            else if (_queue.Where(IsInVain).Select(static model => (int?)model).FirstOrDefault() is { } refused)
            {
                Leave(refused);
            }
            else if (NeededFor(_queue[^1]) > Total(Holding.Leaving) + (_overdue.Count > 0 ? 0 : Total(Holding.Draining)) && Unloadable().FirstOrDefault(-1) is >= 0 and var oldest)
            {
                Models[oldest] = Holding.Leaving;
            }
            else
            {
                return;
            }
        }
    }

    private bool IsInVain(int model) =>
        world.Sizes[model] > world.Alone
        || (IsPinnedLoaded() && world.Sizes[model] > world.Budget - world.Sizes[world.Pinned])
        || (_overdue.Contains(model) && NeededFor(model) > Total(Holding.Leaving) + Unloadable().Sum(idle => world.Sizes[idle]));

    private bool IsPinnedLoaded() => world.Pinned >= 0 && Models[world.Pinned] is Holding.Idle or Holding.InUse;

    private IEnumerable<int> Unloadable() => _uses.Where(model => Models[model] == Holding.Idle && model != world.Pinned);

    private long NeededFor(int model) => Math.Min(Held, Held + _queue.TakeWhile(ahead => ahead != model).Append(model).Sum(waiting => world.Sizes[waiting]) - world.Budget);

    private void Become(int? overdue)
    {
        if (overdue is { } model && _queue.Contains(model) && !_overdue.Contains(model))
        {
            _overdue.Add(model);
            Settle();
        }
    }

    private void Leave(int model)
    {
        Models[model] = Holding.Out;
        _queue.Remove(model);
        _overdue.Remove(model);
    }

    private void Used(int model)
    {
        _uses.Remove(model);
        _uses.Add(model);
    }
}
