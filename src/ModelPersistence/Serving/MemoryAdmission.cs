using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Serving;

/// <summary>Claims from the budget what a load is expected to take, and learns from what it took.</summary>
internal sealed class MemoryAdmission(MemoryBudget budget, MemoryHistory history, MemoryMeter meter)
{
    public MemoryBudget Budget => budget;

    public MemoryMeter Meter => meter;

    /// <summary>Claims memory for opening a session.</summary>
    /// <param name="holder">The model, for messages.</param>
    /// <param name="version">Its digest, where it is known.</param>
    /// <param name="settings">The session settings.</param>
    /// <param name="need">What it is estimated to take.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ModelMemoryException">There is no room, and none was made in time.</exception>
    public ValueTask<MemoryClaim> ClaimAsync(string holder, Sha256Digest? version, SessionSettings settings, MemoryNeed need, CancellationToken cancellationToken)
    {
        if (version is not { } digest)
        {
            return budget.ClaimAsync(holder, need.PrivateBytes, cancellationToken);
        }

        var expected = history.Known(digest, settings, need.Kind);
        if (expected is null && budget.TryClaim(holder, need.PrivateBytes) is { } claim)
        {
            // Where there is plenty of room, an estimate is as good as a figure for which a file has to be read.
            return new(claim);
        }

        return budget.ClaimAsync(holder, expected ?? history.Find(digest, settings, need.Kind) ?? need.PrivateBytes, cancellationToken);
    }

    /// <summary>Corrects a claim by what the load took, and remembers it. Writes a file, so that it belongs behind the start.</summary>
    /// <param name="claim">What was claimed for it.</param>
    /// <param name="version">The model's digest, where it is known.</param>
    /// <param name="settings">The session settings.</param>
    /// <param name="need">What it was estimated to take.</param>
    /// <param name="added">What was measured; nothing happens without it.</param>
    public void Learn(MemoryClaim claim, Sha256Digest? version, SessionSettings settings, MemoryNeed need, long? added)
    {
        if (added is not { } bytes)
        {
            return;
        }

        claim.Adjust(bytes);
        if (version is { } digest)
        {
            history.Record(digest, settings, need.Kind, bytes);
        }
    }
}
