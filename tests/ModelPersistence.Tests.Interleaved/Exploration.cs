namespace ModelPersistence.Tests.Interleaved;

/// <summary>Goes through every state that a scene can come to, whatever the order of its threads' atomic operations.</summary>
internal static class Exploration
{
    /// <returns>How many states there are.</returns>
    /// <exception cref="InvalidOperationException">In one of them something does not hold; the message says what, and how it came to that.</exception>
    public static int Of(Func<Schedule> begin)
    {
        HashSet<string> seen = [];
        Stack<int[]> open = new([[]]);
        while (open.TryPop(out var path))
        {
            var schedule = begin();
            try
            {
                schedule.Repeat(path);
                GoOn(schedule, path, seen, open);
            }
            finally
            {
                schedule.Abandon();
            }
        }

        return seen.Count;
    }

    /// <summary>To the end, or to a state that is known; what else could have been done on the way is left for later.</summary>
    private static void GoOn(Schedule schedule, int[] path, HashSet<string> seen, Stack<int[]> open)
    {
        while (seen.Add(schedule.State))
        {
            var runnable = schedule.Runnable;
            if (runnable.Count == 0)
            {
                schedule.End();
                return;
            }

            foreach (var other in runnable.Skip(1))
            {
                open.Push([.. path, other]);
            }

            path = [.. path, runnable[0]];
            schedule.Step(runnable[0]);
        }
    }
}
