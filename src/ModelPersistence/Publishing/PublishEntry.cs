using ModelPersistence.Models;

namespace ModelPersistence.Publishing;

/// <summary>Finds the ONNX file that is opened among the files of a version.</summary>
internal static class PublishEntry
{
    private const string Default = "model.onnx";

    /// <param name="model">The model's name, for messages.</param>
    /// <param name="place">Where the files are, for messages.</param>
    /// <param name="files">Their relative paths.</param>
    /// <param name="entry">The one that was asked for; null for <c>model.onnx</c> or the only .onnx file at the top.</param>
    /// <exception cref="ModelIntegrityException">There is none, or several could be it.</exception>
    public static string Find(string model, string place, IReadOnlyCollection<string> files, string? entry)
    {
        if (entry is not null)
        {
            return files.Contains(entry) ? entry : throw Refuse(model, ModelName.Printable(entry), $"it is to be the entry and is not in '{place}'", "Correct PublishOptions.Entry.");
        }

        var candidates = files.Where(static file => !file.Contains('/', StringComparison.Ordinal) && file.EndsWith(".onnx", StringComparison.Ordinal)).ToList();
        return candidates.Contains(Default) ? Default
            : candidates.Count == 1 ? candidates[0]
            : throw Refuse(
                model, place, candidates.Count == 0 ? "it holds no .onnx file" : $"it holds {candidates.Count} .onnx files and none is called {Default}", "Name the one to open in PublishOptions.Entry.");
    }

    public static ModelIntegrityException Refuse(string model, string file, string why, string remedy) =>
        new($"'{file}' cannot be published as part of model '{model}': {why}. {remedy}") { Model = model, File = file };
}
