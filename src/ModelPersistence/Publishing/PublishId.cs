using System.Buffers;
using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>
/// The sub-folder of a version that belongs to one publication: its random name is written into the locations of the manifest and into
/// nothing else, so that nobody but this publication ever writes there.
/// </summary>
internal static class PublishId
{
    private const string Prefix = "publish-";
    private const int IdLength = 12;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    public static string NewFolder() => Prefix + Guid.NewGuid().ToString("n")[..IdLength];

    /// <summary>The manifest with all its files in a folder of the version.</summary>
    public static ModelManifest Locate(ModelManifest manifest, string folder) =>
        manifest with { Files = [.. manifest.Files.Select(file => file with { Location = $"{folder}/{file.Path}" })] };

    /// <summary>Whether a path inside the version lies in the folder of a publication.</summary>
    public static bool IsIn(ReadOnlySpan<char> path) =>
        path.Length > Prefix.Length + IdLength
        && path.StartsWith(Prefix, StringComparison.Ordinal)
        && path[Prefix.Length + IdLength] == '/'
        && !path.Slice(Prefix.Length, IdLength).ContainsAnyExcept(Digits);
}
