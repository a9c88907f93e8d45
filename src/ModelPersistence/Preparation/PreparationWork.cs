using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Store;

namespace ModelPersistence.Preparation;

/// <summary>One preparation: what is prepared, for which key, and where.</summary>
internal sealed record PreparationWork
{
    // Below this the store counts as full: what then fails says nothing about the model.
    private const long LeastFreeBytes = 16 << 20;

    public required ArtifactKind Kind { get; init; }

    public required string Model { get; init; }

    public required string Source { get; init; }

    public required long SourceBytes { get; init; }

    public required ArtifactKey Key { get; init; }

    public required SessionSettings Settings { get; init; }

    public WarmupHints? Hints { get; init; }

    public IReadOnlyList<GoldenSample>? Samples { get; init; }

    public required StoreFolder Store { get; init; }

    /// <summary>The raw weights and, for the packed artifact, about as much again.</summary>
    public long NeededBytes => (Kind == ArtifactKind.Packed ? (SourceBytes / 4 * 9) : (SourceBytes / 8 * 9)) + LeastFreeBytes;

    /// <exception cref="ModelStorageException">There is no room.</exception>
    public void ThrowIfNoRoom()
    {
        if (Store.FreeBytes() is { } free && free < NeededBytes)
        {
            throw Full($"{free} bytes are free in '{Store.Root}', about {NeededBytes} are needed", null);
        }
    }

    /// <summary>A failure that would not repeat must not be remembered as the model's own.</summary>
    public void ThrowIfNotTheForm(Exception e)
    {
        if (Store.FreeBytes() is { } free && free < LeastFreeBytes)
        {
            throw Full($"the disk of '{Store.Root}' is full", e);
        }

        if (e.ToString().Contains("bad_alloc", StringComparison.Ordinal) || e.ToString().Contains("bad allocation", StringComparison.Ordinal))
        {
            throw new ModelLoadException(LoadPhase.Prepare,
                $"The {Kind} artifact of model '{Model}' could not be prepared for lack of memory. Raise the process's memory limit, or prepare where there is more (set ModelManagement:Prepare to false here).", e)
            { Model = Model };
        }
    }

    public ModelStorageException Full(string cause, Exception? inner) => new(
        Store.Name, $"The {Kind} artifact of model '{Model}' could not be saved: {cause}. Free space there, set ModelManagement:CachePath to a larger disk, or set ModelManagement:PackedArtifacts to false.", isTransient: true, inner)
    { Model = Model };
}
