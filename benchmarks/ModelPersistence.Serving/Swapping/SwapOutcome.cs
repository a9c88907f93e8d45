using ModelPersistence.Serving.Harness;

namespace ModelPersistence.Serving.Swapping;

/// <summary>What was seen. Everything it needs is there before the first phase, so that it does not look like a leak.</summary>
internal sealed class SwapOutcome(int rounds, int threads)
{
    /// <summary>The phases in which the alias stayed.</summary>
    public IReadOnlyList<Tally> Still { get; } = Tallies(rounds, threads);

    /// <summary>The phases in which it moved, each after the one beside it.</summary>
    public IReadOnlyList<Tally> Moving { get; } = Tallies(rounds, threads);

    public ProcessResources? Before { get; set; }

    public ProcessResources? After { get; set; }

    /// <summary>How often the alias was moved.</summary>
    public int Moves { get; set; }

    /// <summary>How often to a broken version.</summary>
    public int Broken { get; set; }

    /// <summary>How often the host took another version.</summary>
    public int Swapped { get; set; }

    /// <summary>How often it turned one away.</summary>
    public int Refused { get; set; }

    /// <summary>How many sessions have answered in all.</summary>
    public int SessionsSeen { get; set; }

    /// <summary>How many of them something refers to at the end.</summary>
    public int SessionsAlive { get; set; }

    /// <summary>Why versions were turned away, without their numbers, each with how often.</summary>
    public IReadOnlyDictionary<string, int> Reasons { get; set; } = new Dictionary<string, int>();

    public IEnumerable<Tally> All => Still.Concat(Moving);

    private static Tally[] Tallies(int rounds, int threads) => [.. Enumerable.Range(0, rounds).Select(_ => new Tally(threads))];
}
