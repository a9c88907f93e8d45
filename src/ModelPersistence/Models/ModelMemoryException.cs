namespace ModelPersistence.Models;

/// <summary>
/// A load was refused because the memory budget has no room for it. The message names the largest holders and why each of them stays.
/// </summary>
public sealed class ModelMemoryException : ModelPersistenceException
{
    private readonly bool _isTransient;

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names the model, what holds the memory, and the setting that mends it.</param>
    /// <param name="isTransient">Whether the same call may succeed later: models in use were in the way, not the budget itself.</param>
    public ModelMemoryException(string message, bool isTransient)
        : base(message) => _isTransient = isTransient;

    /// <inheritdoc/>
    public override bool IsTransient => _isTransient;

    /// <summary>The private memory the load would have taken, in bytes: measured at an earlier load, else estimated.</summary>
    public long RequiredBytes { get; init; }

    /// <summary>The budget, in bytes.</summary>
    public long BudgetBytes { get; init; }

    /// <summary>How much of the budget was held, in bytes.</summary>
    public long HeldBytes { get; init; }
}
