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

    // Only for what adds and removes: a warm call reads without it.
    private readonly Lock _gate = new();
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

    /// <summary>The route for a caller who waits for it: until <see cref="Leave"/> it is not forgotten.</summary>
    /// <exception cref="FormatException">The text is not a reference.</exception>
    public ModelRoute Enter(string text)
    {
        lock (_gate)
        {
            var route = GetOrAdd(text);
            route.Waiters++;
            return route;
        }
    }

    /// <summary>Ends what <see cref="Enter"/> began.</summary>
    public void Leave(ModelRoute route)
    {
        lock (_gate)
        {
            route.Waiters--;
        }
    }

    /// <summary>
    /// Forgets a route that never led anywhere and that nobody waits for any more, so that mistyped references leave nothing behind. True
    /// where it did.
    /// </summary>
    public bool TryForget(ModelRoute route)
    {
        lock (_gate)
        {
            if (route.IsNamed || route.HasLed || route.Waiters > 0 || !_byReference.TryRemove(KeyValuePair.Create(route.Reference, route)))
            {
                return false;
            }

            foreach (var text in route.Spellings)
            {
                _bySpelling.TryRemove(text, out _);
            }

            return true;
        }
    }

    private ModelRoute GetOrAdd(string text)
    {
        if (_bySpelling.TryGetValue(text, out var known))
        {
            return known;
        }

        var reference = ModelReference.Parse(text);
        var route = _byReference.GetOrAdd(reference, Create);
        if (_bySpelling.Count < MaxSpellings)
        {
            foreach (var spelling in (ReadOnlySpan<string>)[text, reference.ToString()])
            {
                if (_bySpelling.TryAdd(spelling, route))
                {
                    route.Spellings.Add(spelling);
                }
            }
        }

        return route;
    }

    private ModelRoute Create(ModelReference reference) =>
        _named.TryGetValue(reference, out var options)
            ? new ModelRoute(reference, options, isNamed: true)
            : new ModelRoute(reference, OptionsOfSameModel(reference.Name) ?? new ModelOptions(), isNamed: false);

    /// <summary>Another version of a named model is opened with the same threads, hook and hints.</summary>
    private ModelOptions? OptionsOfSameModel(string name) =>
        _named.FirstOrDefault(pair => pair.Key.Name == name).Value;
}
