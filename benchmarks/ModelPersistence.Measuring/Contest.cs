namespace ModelPersistence.Measuring;

/// <summary>Fresh processes of several kinds by turns, so that a machine's moods meet all alike. The first round is not counted.</summary>
internal static class Contest
{
    /// <param name="runs">How many rounds are counted.</param>
    /// <param name="contenders">What starts a process of each kind.</param>
    /// <param name="around">What runs a round; null to just run it. The number of the first round, which is not counted, is -1.</param>
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<T>>> RunAsync<T>(
        int runs, IReadOnlyList<(string Name, Func<Task<T>> Start)> contenders, Func<int, Func<Task>, Task>? around = null)
    {
        var results = contenders.ToDictionary(static contender => contender.Name, static _ => new List<T>(), StringComparer.Ordinal);
        for (var round = -1; round < runs; round++)
        {
            var number = round;
            await (around is null ? RoundAsync(number) : around(number, () => RoundAsync(number)));
        }

        return results.ToDictionary(static pair => pair.Key, static pair => (IReadOnlyList<T>)pair.Value, StringComparer.Ordinal);

        async Task RoundAsync(int round)
        {
            for (var turn = 0; turn < contenders.Count; turn++)
            {
                // Each round begins with another one: nobody always follows the same neighbour.
                var (name, start) = contenders[(turn + round + 1) % contenders.Count];
                var measurement = await start();
                if (round >= 0)
                {
                    results[name].Add(measurement);
                }
            }
        }
    }
}
