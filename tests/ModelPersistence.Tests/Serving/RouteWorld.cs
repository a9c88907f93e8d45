using ModelPersistence.Models;
using ModelPersistence.Serving;

namespace ModelPersistence.Tests.Serving;

/// <summary>A route as an idea: five versions, what is wanted and what happens to them. Does what it is told after each event, and checks every telling.</summary>
internal sealed class RouteWorld
{
    private const int Count = 5;

    private static readonly ModelVersion[] All = [.. Enumerable.Range(1, Count).Select(static major => ModelVersion.Parse($"{major}.0.0"))];

    private readonly Dictionary<ModelVersion, VersionStanding> _standings = [];
    private readonly HashSet<ModelVersion> _held = [];
    private IReadOnlyList<WeightedVersion> _wanted = [new WeightedVersion(All[0], 1)];

    public RouteWorld() => Settle();

    /// <summary>Whether what is led to counts as good at once, as it does where nothing is taken back.</summary>
    public bool ProvesAtOnce { get; init; }

    /// <summary>Whether what failed or was turned back is forgotten when nothing names it any more, as where there are no revisions.</summary>
    public bool ForgetsUnnamed { get; init; }

    public int Known => _standings.Count;

    public IReadOnlyList<WeightedVersion> Wanted => _wanted;

    public IReadOnlyList<WeightedVersion> LastGood { get; private set; } = [];

    public IReadOnlyList<WeightedVersion> Serving { get; private set; } = [];

    private List<WeightedVersion> Goal => Usable(_wanted) is { Count: > 0 } wanted ? wanted : Usable(LastGood) is { Count: > 0 } good ? good : Usable(Serving);

    public IReadOnlyList<ModelVersion> In(VersionStanding standing) => [.. All.Where(version => Of(version) == standing)];

    /// <summary>The reference stands for something else.</summary>
    /// <param name="wanted">What it stands for now.</param>
    /// <param name="forgives">Whether what failed or was turned back has another chance.</param>
    public void Want(IReadOnlyList<WeightedVersion> wanted, bool forgives)
    {
        _wanted = wanted;
        if (forgives)
        {
            Forgive();
        }

        Settle();
    }

    /// <summary>A version is somewhere else now.</summary>
    public void Become(ModelVersion version, VersionStanding standing)
    {
        if (standing == VersionStanding.Refused)
        {
            _standings[version] = standing;
        }
        else
        {
            To(version, standing);
        }

        Settle();
    }

    /// <summary>Something happens: a number stands for what, and to which version.</summary>
    public void Happen(int code)
    {
        var (what, which) = (Math.Abs(code % 8), Math.Abs(code / 8));
        switch (what)
        {
            case 0:
                _wanted = Some(which);
                Forgive();
                break;
            case 1:
                _wanted = Some(which);
                break;
            case 2 or 3:
                To(which, VersionStanding.Loading, what == 2 ? VersionStanding.Live : VersionStanding.Failed);
                break;
            case 4:
                if (Pick(Serving.Select(static weighted => weighted.Version).Where(version => Of(version) == VersionStanding.Live), which) is { } turnedBack)
                {
                    _standings[turnedBack] = VersionStanding.Refused;
                }

                break;
            case 5:
                To(which, VersionStanding.Live, VersionStanding.Failed);
                break;
            case 6:
                To(which, VersionStanding.Failed, VersionStanding.Absent);
                break;
            default:
                LastGood = Some(which);
                break;
        }

        Settle();
    }

    /// <summary>Every load ends, well for those that can be loaded, and nothing else happens.</summary>
    public void LetLoadsEnd(int loadable)
    {
        bool IsLost(ModelVersion version) =>
            Of(version) is VersionStanding.Failed or VersionStanding.Refused || (Of(version) != VersionStanding.Live && ((loadable >> Array.IndexOf(All, version)) & 1) == 0);
        var expected = ((IReadOnlyList<IReadOnlyList<WeightedVersion>>)[_wanted, LastGood, Serving])
            .Select(some => some.Where(weighted => !IsLost(weighted.Version)).ToList()).FirstOrDefault(static some => some.Count > 0)
            ?? [.. Serving.Where(weighted => Of(weighted.Version) == VersionStanding.Refused)];
        for (var round = 0; _standings.Any(static pair => pair.Value == VersionStanding.Loading); round++)
        {
            Require(round < 20, "The loads end");
            var loading = All.First(version => Of(version) == VersionStanding.Loading);
            To(0, VersionStanding.Loading, IsLost(loading) ? VersionStanding.Failed : VersionStanding.Live);
            Settle();
        }

        Require(Serving.SequenceEqual(expected), $"In the end {Text(expected)} serves, not {Text(Serving)}");
    }

    private void Settle()
    {
        Step();
        if (ForgetsUnnamed)
        {
            foreach (var version in _standings.Keys.Where(version => !_wanted.Concat(LastGood).Concat(Serving).Any(weighted => weighted.Version == version)).ToList())
            {
                Require(Of(version) is VersionStanding.Failed or VersionStanding.Refused, "What can serve or is on its way is needed");
                To(version, VersionStanding.Absent);
            }
        }

        var again = RoutePolicy.Decide(Facts());
        Require(again.Load.Count == 0 && again.Lead is null && !again.Drop.Any(version => _held.Contains(version)), "One step is enough");
    }

    private void Step()
    {
        var (goal, before) = (Goal, Serving);
        var decision = RoutePolicy.Decide(Facts());
        foreach (var version in decision.Load)
        {
            Require(Of(version) == VersionStanding.Absent && goal.Any(weighted => weighted.Version == version), $"{version} is needed and not there");
            To(version, VersionStanding.Loading);
        }

        Require(goal.All(weighted => Of(weighted.Version) is VersionStanding.Live or VersionStanding.Loading), "All of the goal is there or on its way");
        if (decision.Lead is { } lead)
        {
            CheckLead(before, lead, goal);
            Serving = lead;
            LastGood = ProvesAtOnce && lead.Count > 0 ? lead : LastGood;
        }

        foreach (var version in decision.Drop)
        {
            _held.Remove(version);
            if (Of(version) != VersionStanding.Refused)
            {
                To(version, VersionStanding.Absent);
            }
        }

        Require(_held.IsSubsetOf(Needed()), "Nothing is held that nobody needs");
        Require(Serving.All(weighted => _held.Contains(weighted.Version)), "What serves is held");
    }

    private void CheckLead(IReadOnlyList<WeightedVersion> before, IReadOnlyList<WeightedVersion> lead, List<WeightedVersion> goal)
    {
        foreach (var weighted in lead)
        {
            Require(
                Of(weighted.Version) == VersionStanding.Live || (Of(weighted.Version) == VersionStanding.Refused && before.Contains(weighted)),
                $"{weighted.Version} can serve");
        }

        var isWhole = before.Count > 0 && before.All(weighted => Of(weighted.Version) is VersionStanding.Live or VersionStanding.Refused);
        Require(!isWhole || lead.SequenceEqual(goal), "What serves is left for the whole goal alone");
        Require(lead.Count > 0 || !before.Any(weighted => Of(weighted.Version) is VersionStanding.Live or VersionStanding.Refused), "Something that can serve is not left for nothing");
        Require(lead.All(weighted => Of(weighted.Version) == VersionStanding.Live) || goal.All(weighted => Of(weighted.Version) != VersionStanding.Live), "What was turned back serves only while nothing better can");
    }

    private RouteFacts Facts() => new(_wanted, LastGood, Serving, [.. _standings.Select(static pair => new KnownVersion(pair.Key, pair.Value))]);

    private IEnumerable<ModelVersion> Needed() => Goal.Concat(Serving).Select(static weighted => weighted.Version);

    private VersionStanding Of(ModelVersion version) => _standings.GetValueOrDefault(version, VersionStanding.Absent);

    private List<WeightedVersion> Usable(IReadOnlyList<WeightedVersion> some) =>
        [.. some.Where(weighted => Of(weighted.Version) is not (VersionStanding.Failed or VersionStanding.Refused))];

    private void Forgive()
    {
        foreach (var (version, standing) in _standings.ToList())
        {
            if (standing is VersionStanding.Failed or VersionStanding.Refused)
            {
                To(version, _held.Contains(version) ? VersionStanding.Live : VersionStanding.Absent);
            }
        }
    }

    private void To(int which, VersionStanding from, VersionStanding to)
    {
        if (Pick(All.Where(version => _standings.TryGetValue(version, out var standing) && standing == from), which) is { } version)
        {
            To(version, to);
        }
    }

    private void To(ModelVersion version, VersionStanding to)
    {
        _standings[version] = to;
        if (to is VersionStanding.Absent)
        {
            _standings.Remove(version);
        }

        if (to is VersionStanding.Loading or VersionStanding.Live)
        {
            _held.Add(version);
        }
        else
        {
            _held.Remove(version);
        }
    }

    private static ModelVersion? Pick(IEnumerable<ModelVersion> versions, int which) => versions.ToList() is { Count: > 0 } some ? some[which % some.Count] : null;

    /// <summary>One to three versions, with one of two weights each.</summary>
    public static IReadOnlyList<WeightedVersion> Some(int which) =>
        [.. All.Where((_, i) => (which % 31) + 1 is var mask && ((mask >> i) & 1) == 1).Take(3).Select((version, i) => new WeightedVersion(version, 1 + ((which / 31) + i) % 2))];

    private static string Text(IEnumerable<WeightedVersion> versions) => $"[{string.Join(", ", versions.Select(static weighted => $"{weighted.Version} ({weighted.Weight})"))}]";

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"Not so: {what}.");
        }
    }
}
