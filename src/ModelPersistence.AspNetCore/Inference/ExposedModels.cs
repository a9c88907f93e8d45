using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Startup;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>From the model and version of a path to a reference that the client may have.</summary>
internal sealed class ExposedModels(IEnumerable<ModelOptions> named, InferenceExposure exposure, IModelStatus status)
{
    private readonly Dictionary<string, ModelReference[]> _named = named
        .Select(static model => ModelReference.Parse(model.Reference))
        .GroupBy(static reference => reference.Name)
        .ToDictionary(static group => group.Key, static group => group.ToArray());

    /// <summary>The reference that a client reaches under a name and a version; null as version for what the host means by the name.</summary>
    /// <exception cref="ProtocolException">There is none, or none that clients may have.</exception>
    public string Resolve(string name, string? version)
    {
        var references = _named.GetValueOrDefault(name) ?? [];
        if (version is null && references.Length == 1)
        {
            return references[0].ToString();
        }

        var selector = version ?? "latest";
        foreach (var reference in references)
        {
            if (reference.Selector == selector)
            {
                return reference.ToString();
            }
        }

        if (ModelVersion.TryParse(version, out var exact) && Serving(references, exact) is { } serving)
        {
            return serving;
        }

        var isExposed = exposure == InferenceExposure.AllModels || (exposure == InferenceExposure.NamedModels && references.Length > 0);
        return isExposed && ModelReference.TryParse($"{name}:{selector}", out var wide) ? wide.ToString() : throw Unknown(name, version, references);
    }

    /// <summary>The versions that serve under a name.</summary>
    public IEnumerable<ModelVersion> VersionsOf(string name) => status.Models
        .Where(entry => ModelReference.Parse(entry.Reference).Name == name)
        .SelectMany(static entry => entry.Versions)
        .Select(static served => served.Version)
        .Distinct()
        .OrderDescending();

    // A named reference that leads to this version alone is used as it is, so that none is added that would keep the version after a swap.
    private string? Serving(ModelReference[] references, ModelVersion version)
    {
        foreach (var reference in references)
        {
            var served = status.VersionsOf(reference.ToString());
            if (served.Contains(version))
            {
                return served.Count == 1 ? reference.ToString() : $"{reference.Name}:{version}";
            }
        }

        return null;
    }

    private static ProtocolException Unknown(string name, string? version, ModelReference[] references) => ProtocolException.NotFound((references.Length, version) switch
    {
        (0, _) => $"This server has no model '{ClientText.Show(name)}'.",
        (_, null) => $"This server has several versions of the model '{name}': put one into the path, such as /v2/models/{name}/versions/{references[0].Selector}.",
        _ => $"This server has no version '{ClientText.Show(version)}' of the model '{name}'.",
    });
}
