using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Store;

namespace ModelPersistence.Runtime;

/// <summary>Makes sure, before a runtime opens a model's own file, that external data stays among the model's files.</summary>
internal static class OriginalCheck
{
    /// <summary>Against the files that the manifest or the folder listing names.</summary>
    /// <exception cref="ModelIntegrityException">The file is no model, or its external data is not one of the model's files.</exception>
    public static void Check(LocalModel local)
    {
        var (entry, members) = local.Model switch
        {
            { Document.Manifest: { } manifest } => (manifest.EntryFile.StoredAt, manifest.Files.Select(static file => file.StoredAt)),
            { Unmanifested: { } bare } => (bare.Entry, bare.Files),
            _ => throw new ArgumentException("A resolved model has a manifest or a folder listing.", nameof(local)),
        };
        var folder = entry[..(entry.LastIndexOf('/') + 1)];
        HashSet<string> known = new(members, StringComparer.Ordinal);
        Check(local.Model.Name, local.EntryPath, location => known.Contains(folder + location));
    }

    private static void Check(string model, string path, Func<string, bool> isMember)
    {
        OnnxModelFacts facts;
        try
        {
            facts = OnnxModelReader.Read(model, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException(LoadPhase.Load, $"The file '{path}' of model '{model}' cannot be read: {e.Message.TrimEnd('.', ' ')}. Check that it exists and may be read.", e) { Model = model };
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        ExternalDataRules.Check(model, Path.GetFileName(path), facts, location =>
            isMember(location) && FileIdentity.TryRead(Path.Combine(folder, location.Replace('/', Path.DirectorySeparatorChar))) is { Kind: FileKind.Regular } file ? file.Size : null);
    }
}
