namespace ModelPersistence.Download.Harness;

/// <summary>Who downloads, and by which command.</summary>
/// <param name="Name">What the tables call it.</param>
/// <param name="Command">What is run; null when it is not to be had here.</param>
internal sealed record Contender(string Name, Command? Command)
{
    /// <summary>Why there is no command.</summary>
    public string Missing { get; init; } = "";

    /// <summary>Whether it leaves the object in parts, which nobody joins.</summary>
    public bool LeavesParts { get; init; }
}
