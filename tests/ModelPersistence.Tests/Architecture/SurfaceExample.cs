namespace ModelPersistence.Tests.Architecture;

/// <summary>A type whose printed surface a test knows.</summary>
public sealed class SurfaceExample : IDisposable
{
    public required string? Name { get; init; }

    public static Task<IReadOnlyList<string?>> ReadAsync(long? limit, out string found, CancellationToken cancellationToken = default)
    {
        found = $"{limit}{cancellationToken}";
        return Task.FromResult<IReadOnlyList<string?>>([found]);
    }

    public void Dispose()
    {
    }
}
