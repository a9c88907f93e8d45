using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>The versions that a route knows. Guarded by the keeper's lock.</summary>
internal sealed class CandidateSet
{
    private readonly Dictionary<ModelVersion, Candidate> _candidates = [];

    public IReadOnlyCollection<Candidate> All => _candidates.Values;

    public Candidate? Find(ModelVersion version) => _candidates.GetValueOrDefault(version);

    public Candidate? Find(ServedModel served) => _candidates.Values.FirstOrDefault(candidate => ReferenceEquals(candidate.Hold?.Served, served));

    /// <summary>Whether it is this very candidate that stands for its version.</summary>
    public bool Contains(Candidate candidate) => ReferenceEquals(Find(candidate.Version), candidate);

    public IReadOnlyList<KnownVersion> Standings() => [.. _candidates.Values.Select(static candidate => new KnownVersion(candidate.Version, candidate.Standing))];

    /// <summary>Those of some versions that have failed or were turned back, the ones that are being tried again included.</summary>
    public IReadOnlyList<TroubledVersion> Troubles(HashSet<ModelVersion> named) =>
    [
        .. from candidate in _candidates.Values
           where (candidate.Failure is not null || candidate.Failures > 0) && named.Contains(candidate.Version)
           select new TroubledVersion(
               candidate.Version, candidate.Standing, candidate.Failure, candidate.Digest, candidate is { Standing: VersionStanding.Failed, Retry: null }),
    ];

    /// <summary>Adds it in the place of what stood for its version before.</summary>
    public Candidate Add(Candidate candidate)
    {
        Find(candidate.Version)?.Dispose();
        return _candidates[candidate.Version] = candidate;
    }

    public void Remove(Candidate candidate)
    {
        candidate.Dispose();
        _candidates.Remove(candidate.Version);
    }

    /// <summary>Gives everything that failed or was turned back another chance.</summary>
    public void ForgiveAll()
    {
        foreach (var candidate in _candidates.Values.Where(static candidate => candidate.Standing is VersionStanding.Failed or VersionStanding.Refused))
        {
            candidate.Forgive();
        }
    }

    /// <summary>Gives up versions that are not needed. That one was turned back is kept in mind.</summary>
    public void Drop(IReadOnlyList<ModelVersion> versions)
    {
        foreach (var version in versions)
        {
            var candidate = _candidates[version];
            if (candidate.Standing != VersionStanding.Refused)
            {
                // Before it is given up: its load may end on this very thread, and must find that it is not wanted any more.
                Remove(candidate);
            }

            candidate.GiveUp();
        }
    }

    /// <summary>Forgets versions of which nothing is to be remembered; what failed or was turned back is, until it is forgiven.</summary>
    /// <param name="named">The versions that anybody names.</param>
    /// <param name="isEndless">Whether there is no revision that would forgive: then of the others nothing is remembered.</param>
    public void Forget(HashSet<ModelVersion> named, bool isEndless)
    {
        foreach (var candidate in _candidates.Values.Where(candidate => candidate.Standing == VersionStanding.Absent || (isEndless && !named.Contains(candidate.Version))).ToList())
        {
            Remove(candidate);
        }
    }

    /// <summary>Gives up what is held so that it goes at once.</summary>
    public void EndHolds()
    {
        foreach (var candidate in _candidates.Values)
        {
            candidate.Hold?.EndNow();
        }
    }

    public void Clear()
    {
        Candidate[] all = [.. _candidates.Values];
        _candidates.Clear();
        foreach (var candidate in all)
        {
            candidate.GiveUp();
            candidate.Dispose();
        }
    }
}
