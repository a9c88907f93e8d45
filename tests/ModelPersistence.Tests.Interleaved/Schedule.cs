namespace ModelPersistence.Tests.Interleaved;

/// <summary>One execution: the threads of a scene, and in which order they took their steps.</summary>
internal sealed class Schedule(SlotScene scene)
{
    private const int MostSteps = 500;
    private const int StepsOfATurn = 50;

    private readonly List<LogicalThread> _threads = [];
    private readonly List<string> _story = [];

    public SlotScene Scene => scene;

    public IReadOnlyList<int> Runnable => [.. Enumerable.Range(0, _threads.Count).Where(i => !_threads[i].HasEnded)];

    /// <summary>Everything that decides how it goes on.</summary>
    public string State => $"{scene.State} {string.Join('|', _threads.Select(static thread => thread.HasEnded ? "-" : $"{thread.Name}:{thread.Stand}").Order(StringComparer.Ordinal))}";

    public void Add(string name, Action work) => _threads.Add(new LogicalThread(this, name, work));

    public void Step(int index)
    {
        var thread = _threads[index];
        _story.Add(thread.Name);
        thread.Step();
        Check(() =>
        {
            if (thread.Failure is { } failure)
            {
                throw new InvalidOperationException($"{thread.Name}: {failure.Message}", failure);
            }

            SlotScene.Require(_story.Count < MostSteps, "everybody comes to an end");
            scene.Check();
        });
    }

    /// <summary>Takes steps that were taken and looked at before, without a look in between: each change of threads costs far more than a step.</summary>
    public void Repeat(ReadOnlySpan<int> path)
    {
        while (path.Length > 0)
        {
            var others = path.IndexOfAnyExcept(path[0]);
            var steps = others < 0 ? path.Length : others;
            var thread = _threads[path[0]];
            _story.AddRange(Enumerable.Repeat(thread.Name, steps));
            thread.Step(steps);
            path = path[steps..];
        }
    }

    /// <summary>Nothing is left to do.</summary>
    public void End() => Check(scene.CheckEnd);

    /// <summary>Lets everybody go, so that no thread is kept.</summary>
    public void Abandon()
    {
        // In turn: one may go round and round until another has come further.
        for (var turns = 0; turns < MostSteps && Runnable is { Count: > 0 } runnable; turns++)
        {
            _threads[runnable[turns % runnable.Count]].Step(StepsOfATurn);
        }
    }

    private void Check(Action check)
    {
        try
        {
            check();
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidOperationException($"{e.Message} The order was: {string.Join(", ", _story)}.", e);
        }
    }
}
