namespace ModelPersistence.Download.Harness;

/// <summary>A program with its arguments and what its environment has besides.</summary>
internal sealed record Command(string Program, IReadOnlyList<string> Arguments)
{
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
