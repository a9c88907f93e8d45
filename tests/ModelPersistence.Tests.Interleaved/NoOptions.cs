namespace ModelPersistence.Tests.Interleaved;

/// <summary>In place of the options of a run, which would be native.</summary>
public sealed class NoOptions : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
