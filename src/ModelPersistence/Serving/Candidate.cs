using ModelPersistence.Models;
using ModelPersistence.Store;

namespace ModelPersistence.Serving;

/// <summary>One version as a route knows it. Guarded by the keeper's lock.</summary>
internal sealed class Candidate(ModelVersion version) : IDisposable
{
    private readonly CancellationTokenSource _dropped = new();

    public ModelVersion Version => version;

    public VersionStanding Standing { get; set; } = VersionStanding.Loading;

    /// <summary>What was loaded of it and is held; null while it loads and after it failed.</summary>
    public ModelHold? Hold { get; set; }

    /// <summary>The digest it was last found with; null while it was not found, and for plain files.</summary>
    public Sha256Digest? Digest { get; set; }

    /// <summary>Why it failed, while it is tried again too, or was turned back.</summary>
    public Exception? Failure { get; set; }

    /// <summary>How often it failed in a row.</summary>
    public int Failures { get; set; }

    /// <summary>Sets it free to be tried again; null where nothing but a change can mend it.</summary>
    public ITimer? Retry { get; set; }

    /// <summary>Ends the wait for its load when the route does not want it any more.</summary>
    public CancellationToken Dropped => _dropped.Token;

    public void Fail(Exception failure)
    {
        (Standing, Failure, Failures) = (VersionStanding.Failed, failure, Failures + 1);
        Retry?.Dispose();
        Retry = null;
    }

    /// <summary>Gives it another chance.</summary>
    public void Forgive()
    {
        Retry?.Dispose();
        Retry = null;

        // What failed stays in doubt until it can serve.
        Failure = Standing == VersionStanding.Failed ? Failure : null;
        Standing = Hold is null ? VersionStanding.Absent : VersionStanding.Live;
    }

    /// <summary>What is to be remembered of its having been turned back.</summary>
    public RefusedVersion Refused(ModelReference reference, long revision, string reason, DateTimeOffset at, IReadOnlyList<WeightedVersion> lastGood) => new()
    {
        Model = reference.Name,
        Selector = reference.Selector,
        Revision = revision,
        Version = version,
        Digest = Digest,
        Reason = reason,
        At = at,
        LastGood = lastGood,
    };

    /// <summary>Ends the wait for its load, or the hold on what was loaded.</summary>
    public void GiveUp()
    {
        _dropped.Cancel();
        Hold?.Dispose();
        Hold = null;
    }

    // The token source is left to the collector: it holds no timer, and a load that ends late still looks at its token.
    public void Dispose() => Retry?.Dispose();
}
