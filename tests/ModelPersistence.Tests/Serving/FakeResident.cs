using ModelPersistence.Serving;

namespace ModelPersistence.Tests.Serving;

/// <summary>A model as the budget sees it. It is unloaded when its claim is disposed, which is up to the test.</summary>
internal sealed class FakeResident(MemoryBudget budget, MemoryClaim claim) : IMemoryResident
{
    private int _leases;

    public MemoryClaim Claim => claim;

    public string? KeptAs { get; init; }

    public bool IsLeaving { get; private set; }

    public bool IsIdle => _leases == 0 && !IsLeaving;

    public long LastUsed { get; set; }

    public static FakeResident Of(MemoryBudget budget, MemoryClaim claim, long lastUsed = 0, string? keptAs = null)
    {
        FakeResident resident = new(budget, claim) { LastUsed = lastUsed, KeptAs = keptAs };
        claim.Attach(resident);
        return resident;
    }

    public void Use() => _leases++;

    /// <summary>It becomes idle, and nobody tells of it.</summary>
    public void Quieten() => _leases--;

    public void GiveBack(long now = 0)
    {
        LastUsed = now;
        _leases--;
        budget.NotifyIdle();
    }

    /// <summary>What happens between the decision that it goes and its going.</summary>
    public Action? Meanwhile { get; set; }

    /// <summary>Whether a lease is seen that is given back by the time the refusal is heard. Once.</summary>
    public bool Refuses { get; set; }

    public bool TryBeginUnload()
    {
        Meanwhile?.Invoke();
        Meanwhile = null;
        if (Refuses)
        {
            Refuses = false;
            return false;
        }

        IsLeaving = IsIdle;
        return IsLeaving;
    }
}
