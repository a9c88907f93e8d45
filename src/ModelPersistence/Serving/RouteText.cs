using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>How the versions of a route are told of.</summary>
internal static class RouteText
{
    public static string Of(IReadOnlyList<WeightedVersion> versions) => string.Join(", ", versions.Select(static weighted => weighted.Version));

    /// <summary>Why a version does not serve, and what does.</summary>
    public static string Explain(ModelReference reference, Candidate candidate, IReadOnlyList<WeightedVersion> serving) => candidate.Standing == VersionStanding.Refused
        ? $"Version {candidate.Version} of '{reference}' was turned back: {candidate.Failure!.Message} {Of(serving)} serves."
        : $"Version {candidate.Version} of '{reference}' cannot serve: {candidate.Failure!.Message} {(serving.Count > 0 ? $"{Of(serving)} serves instead." : "")}".TrimEnd();
}
