using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ModelPersistence.Configuration;
using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>
/// All routes of a host, found by the text a caller wrote: a warm call parses nothing. Different spellings of one reference share a route.
/// </summary>
internal sealed class RouteTable
{
    // Callers that build references from requests must not grow the table without end.
    private const int MaxSpellings = 10_000;

    private readonly ConcurrentDictionary<string, ModelRoute> _bySpelling = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ModelReference, ModelRoute> _byReference = new();
    private readonly Dictionary<ModelReference, ModelOptions> _named = [];

    public RouteTable(ModelManagementOptions options)
    {
        foreach (var model in options.Models)
        {
            _named[ModelReference.Parse(model.Reference)] = model;
            GetOrAdd(model.Reference);
        }
    }

    public ICollection<ModelRoute> All => _byReference.Values;

    public bool TryGet(string reference, [NotNullWhen(true)] out ModelRoute? route) => _bySpelling.TryGetValue(reference, out route);

    /// <exception cref="FormatException">The text is not a reference.</exception>
    public ModelRoute GetOrAdd(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (_bySpelling.TryGetValue(text, out var known))
        {
            return known;
        }

        var reference = ModelReference.Parse(text);
        var route = _byReference.GetOrAdd(reference, Create);
        if (_bySpelling.Count < MaxSpellings)
        {
            _bySpelling.TryAdd(text, route);
            _bySpelling.TryAdd(reference.ToString(), route);
        }

        return route;
    }

    /// <summary>Forgets a route that led nowhere, so that mistyped references leave nothing behind.</summary>
    public void Forget(string text, ModelRoute route)
    {
        if (!route.IsNamed)
        {
            _bySpelling.TryRemove(text, out _);
            _bySpelling.TryRemove(route.Reference.ToString(), out _);
            _byReference.TryRemove(KeyValuePair.Create(route.Reference, route));
        }
    }

    private ModelRoute Create(ModelReference reference) =>
        _named.TryGetValue(reference, out var options)
            ? new ModelRoute(reference, options, isNamed: true)
            : new ModelRoute(reference, OptionsOfSameModel(reference.Name) ?? new ModelOptions(), isNamed: false);

    /// <summary>Another version of a named model is opened with the same threads, hook and hints.</summary>
    private ModelOptions? OptionsOfSameModel(string name) =>
        _named.FirstOrDefault(pair => pair.Key.Name == name).Value;
}
