namespace ModelPersistence.ColdStart.Harness;

/// <summary>Fresh processes of several kinds by turns, so that a machine's moods meet all alike. The first round is not counted.</summary>
internal static class Contest
{
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<Measurement>>> RunAsync(
        int runs, IReadOnlyList<(string Name, Func<Task<Measurement>> Start)> contenders)
    {
        var results = contenders.ToDictionary(static contender => contender.Name, static _ => new List<Measurement>(), StringComparer.Ordinal);
        for (var round = -1; round < runs; round++)
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

        return results.ToDictionary(static pair => pair.Key, static pair => (IReadOnlyList<Measurement>)pair.Value, StringComparer.Ordinal);
    }
}
