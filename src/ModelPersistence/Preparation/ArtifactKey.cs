using System.Globalization;
using System.Text;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Preparation;

/// <summary>Everything an artifact depends on. Two artifacts with the same key are interchangeable.</summary>
/// <param name="Text">The key in words, kept in <c>prepared.json</c>.</param>
internal sealed record ArtifactKey(string Text)
{
    /// <summary>The name of the artifact's folder.</summary>
    public string Name { get; } = Sha256Digest.Of(Encoding.UTF8.GetBytes(Text)).Hex[..40];

    public static ArtifactKey Of(ArtifactKind kind, Sha256Digest model, SessionSettings settings, string runtime, string cpu)
    {
        var level = kind == ArtifactKind.Portable ? "extended" : "all";
        var text = string.Create(CultureInfo.InvariantCulture,
            $"format={PreparedDocument.FormatVersion};kind={kind};model={model.Hex};runtime={runtime};optimization={level};{settings.KeyText}");
        return new ArtifactKey(kind == ArtifactKind.Packed ? $"{text};cpu={cpu}" : text);
    }
}
