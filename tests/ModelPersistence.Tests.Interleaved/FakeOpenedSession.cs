namespace ModelPersistence.Tests.Interleaved;

internal sealed class FakeOpenedSession
{
    public FakeSession Session { get; } = new();

    /// <summary>Leases that were given out on it and not given back yet.</summary>
    public int Leases { get; set; }

    /// <summary>What was wrong with its end; null for nothing.</summary>
    public string? Fault { get; private set; }

    public void Dispose()
    {
        Session.Dispose();
        Fault ??= Session.Disposals > 1 ? "a session ends once"
            : Session.IsInUse ? "a session does not end while it is used"
            : Leases > 0 ? "a session does not end before its last lease"
            : null;
    }
}
