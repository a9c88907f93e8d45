using System.Globalization;
using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>Versions that lie in a tree as plain files: <c>&lt;model&gt;/&lt;version or integer&gt;/model.onnx</c>, or the only *.onnx there.</summary>
internal static class BareTree
{
    private const string DefaultEntry = "model.onnx";

    private static readonly EnumerationOptions AllFiles =
        new() { RecurseSubdirectories = true, MaxRecursionDepth = 16, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };

    /// <summary>The version a folder's name stands for: a version as it is, an integer N as N.0.0, else null.</summary>
    public static ModelVersion? VersionOf(ReadOnlySpan<char> folder)
    {
        var text = folder.ToString();
        return ModelVersion.TryParse(text, out var version)
            || (IsInteger(text) && ModelVersion.TryParse(string.Create(CultureInfo.InvariantCulture, $"{text}.0.0"), out version))
            ? version
            : null;
    }

    /// <summary>The model in a folder, or null when the folder is missing or holds no *.onnx file.</summary>
    /// <exception cref="ModelIntegrityException">Several files could be the model, or a file's name is unsafe.</exception>
    public static UnmanifestedModel? Find(string modelFolder, string model, ModelVersion version)
    {
        var text = version.ToString();
        var integer = text.EndsWith(".0.0", StringComparison.Ordinal) ? text[..^4] : null;
        return Read(Path.Join(modelFolder, text), model, version)
            ?? (integer is not null && IsInteger(integer) ? Read(Path.Join(modelFolder, integer), model, version) : null);
    }

    /// <summary>Whether a folder looks like a version: a look that opens nothing.</summary>
    public static bool HoldsModel(string folder) =>
        File.Exists(Path.Join(folder, DefaultEntry)) || Directory.EnumerateFiles(folder, "*.onnx").Any();

    private static UnmanifestedModel? Read(string folder, string model, ModelVersion version)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        List<string> files = [];
        foreach (var path in Directory.EnumerateFiles(folder, "*", AllFiles))
        {
            var relative = Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
            if (relative.StartsWith('.') || relative.Contains("/.", StringComparison.Ordinal))
            {
                continue;
            }

            if (SafePath.WhyUnsafe(relative) is { } why)
            {
                throw Refuse(folder, model, $"the file '{ModelName.Printable(relative)}' has a name that is not allowed ({why})");
            }

            files.Add(relative);
            if (files.Count > ManifestRules.MaxFiles)
            {
                throw Refuse(folder, model, $"it holds more than {ManifestRules.MaxFiles} files");
            }
        }

        files.Sort(StringComparer.Ordinal);
        var candidates = files.FindAll(static file => !file.Contains('/', StringComparison.Ordinal) && file.EndsWith(".onnx", StringComparison.Ordinal));
        var entry = candidates.Contains(DefaultEntry) ? DefaultEntry : candidates.FirstOrDefault();
        return entry switch
        {
            null => null,
            _ when candidates.Count > 1 && entry != DefaultEntry =>
                throw Refuse(folder, model, $"it holds {candidates.Count} .onnx files ({string.Join(", ", candidates.Take(5))}) and none is called {DefaultEntry}"),
            _ => new UnmanifestedModel(model, version, folder, entry, files),
        };
    }

    private static bool IsInteger(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number.ToString(CultureInfo.InvariantCulture) == text;

    private static ModelIntegrityException Refuse(string folder, string model, string why) =>
        new($"The folder '{folder}' of model '{model}' is refused: {why}. Rename the files, or publish the model with a manifest.") { Model = model };
}
