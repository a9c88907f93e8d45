using System.Diagnostics.CodeAnalysis;
using ModelPersistence.Serving;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>A provider that never has a model ready, and does what a test says when it is asked for one.</summary>
internal sealed class ScriptedProvider(Func<CancellationToken, Task<ModelLease>> get) : IModelProvider
{
    public ValueTask<ModelLease> GetAsync(string reference, CancellationToken cancellationToken = default) => new(get(cancellationToken));

    public ValueTask<ModelLease> GetAsync(string reference, string affinityKey, CancellationToken cancellationToken = default) => new(get(cancellationToken));

    public bool TryGet(string reference, [NotNullWhen(true)] out ModelLease? lease)
    {
        lease = null;
        return false;
    }
}
