using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Startup;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>A status as it was at a moment, for what happens between a look at it and what follows.</summary>
internal sealed class FrozenStatus(params IReadOnlyList<ModelStatusEntry> models) : IModelStatus
{
    public StartupPhase Phase => StartupPhase.FullyReady;

    public bool IsDegraded => DegradedReasons.Count > 0;

    public IReadOnlyList<string> DegradedReasons => [.. models.SelectMany(static model => model.Degradations)];

    public IReadOnlyList<ModelStatusEntry> Models => models;

    public IReadOnlyList<ModelVersion> VersionsOf(string reference) =>
        [.. models.Where(model => model.Reference == reference).SelectMany(static model => model.Versions).Select(static served => served.Version)];

    public Task WaitForAsync(StartupPhase phase, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public IAsyncEnumerable<ModelChange> FollowAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
