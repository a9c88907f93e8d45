using System.Collections.Concurrent;

namespace ModelPersistence.Tests.Interleaved;

/// <summary>One of several threads of which only one runs at a time: it stops before each atomic operation until the schedule lets it go on.</summary>
internal sealed class LogicalThread
{
    private const int Workers = 16;

    private static readonly BlockingCollection<LogicalThread> Begun = Employ();

    [ThreadStatic]
    private static LogicalThread? _current;

    private readonly Schedule _schedule;
    private readonly Action _work;
    private readonly AutoResetEvent _go = new(false);
    private readonly AutoResetEvent _stopped = new(false);
    private string _point = "";
    private string _next = "begin";
    private int _answer;
    private int _stepsToGo;

    public LogicalThread(Schedule schedule, string name, Action work)
    {
        (_schedule, Name, _work) = (schedule, name, work);
        Begun.Add(this);
    }

    public string Name { get; }

    public bool HasEnded { get; private set; }

    public Exception? Failure { get; private set; }

    /// <summary>
    /// Where it stands: the last point it named, the operation that comes next and on what, and the last answer, which is all that the
    /// code between two points keeps.
    /// </summary>
    public string Stand => $"{_point}:{_next}:{_answer}";

    /// <summary>Stops the thread that calls before an operation on a number; nothing outside of a schedule.</summary>
    public static void Wait(string operation, ref int location)
    {
        if (_current is { } thread)
        {
            thread.Stop($"{operation} {thread._schedule.Scene.NameOf(ref location)}");
        }
    }

    /// <summary>The same for an object.</summary>
    public static void Wait<T>(string operation, ref T? location)
        where T : class
    {
        if (_current is { } thread)
        {
            thread.Stop($"{operation} {thread._schedule.Scene.NameOf(ref location)}");
        }
    }

    /// <summary>Stops the thread that calls in the middle of something that takes a while.</summary>
    public static void Wait(string during) => _current?.Stop(during);

    public static int Saw(int value)
    {
        if (_current is { } thread)
        {
            thread._answer = value;
        }

        return value;
    }

    /// <summary>Says where the thread is now: what it saw before counts no more.</summary>
    public static void At(string point)
    {
        if (_current is { } thread)
        {
            (thread._point, thread._answer) = (point, 0);
        }
    }

    public static void Spawn(string name, Action work)
    {
        if (_current is { } thread)
        {
            thread._schedule.Add(name, work);
        }
        else
        {
            work();
        }
    }

    /// <summary>Runs it to the atomic operation that is so many further, or to its end.</summary>
    public void Step(int steps = 1)
    {
        _stepsToGo = steps;
        _go.Set();
        _stopped.WaitOne();
    }

    private static BlockingCollection<LogicalThread> Employ()
    {
        BlockingCollection<LogicalThread> begun = [];
        for (var i = 0; i < Workers; i++)
        {
            new Thread(Work) { IsBackground = true }.Start();
        }

        return begun;

        void Work()
        {
            foreach (var thread in begun.GetConsumingEnumerable())
            {
                thread.Run();
            }
        }
    }

    private void Stop(string before)
    {
        _next = before;
        if (--_stepsToGo == 0)
        {
            _stopped.Set();
            _go.WaitOne();
        }
    }

    private void Run()
    {
        _current = this;
        _go.WaitOne();
        try
        {
            _work();
        }
        catch (Exception e)
        {
            Failure = e;
        }

        HasEnded = true;
        _current = null;
        _stopped.Set();
    }
}
