using System.Globalization;
using System.Text;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Preparation;

/// <summary>Everything an artifact depends on. Two artifacts with the same key are interchangeable.</summary>
/// <param name="Text">The key in words, kept in <c>prepared.json</c>.</param>
internal sealed record ArtifactKey(string Text)
{
    private static readonly string Format = PreparedDocument.FormatVersion.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether a process with this runtime and processor could ask for an artifact of this key, given some settings.</summary>
    public static bool CouldBeAsked(string text, ArtifactKind kind, string runtime, string cpu) =>
        text.StartsWith($"format={Format};kind={kind};", StringComparison.Ordinal)
        && text.Contains($";runtime={runtime};", StringComparison.Ordinal)
        && (kind == ArtifactKind.Portable || text.EndsWith($";cpu={cpu}", StringComparison.Ordinal));

    /// <summary>The name of the artifact's folder.</summary>
    public string Name { get; } = Sha256Digest.Of(Encoding.UTF8.GetBytes(Text)).Hex[..40];

    /// <param name="kind">The artifact's kind.</param>
    /// <param name="model">The version's digest.</param>
    /// <param name="settings">The session settings.</param>
    /// <param name="runtime">The runtime's identity.</param>
    /// <param name="cpu">The processor's identity; only packed artifacts depend on it.</param>
    public static ArtifactKey Of(ArtifactKind kind, Sha256Digest model, SessionSettings settings, string runtime, string cpu) => new(kind == ArtifactKind.Portable
        ? $"format={Format};kind=Portable;model={model.Hex};runtime={runtime};optimization=extended;{settings.KeyText}"
        : $"format={Format};kind=Packed;model={model.Hex};runtime={runtime};optimization=all;{settings.KeyText};cpu={cpu}");
}
