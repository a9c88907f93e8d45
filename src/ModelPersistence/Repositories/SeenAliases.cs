using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>
/// The alias document with the highest revision that was seen of each model. A process that followed a revision does not go back to an
/// older one, whoever is down, restored or wiped meanwhile.
/// </summary>
/// <remarks>Safe for concurrent use. Bounded: of more models than that, the ones that nobody has asked for the longest are forgotten.</remarks>
internal sealed class SeenAliases(int maxModels = SeenAliases.DefaultMaxModels)
{
    public const int DefaultMaxModels = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private long _uses;

    /// <summary>The higher of what was just read and what was ever seen. Of equal revisions the one just read counts: somebody may have edited it by hand.</summary>
    /// <param name="model">The model.</param>
    /// <param name="read">The document that was just read; null when there was none.</param>
    public AliasDocument? Highest(string model, AliasDocument? read)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(model, out var entry))
            {
                if (read?.Revision >= entry.Document.Revision)
                {
                    entry.Document = read;
                }
            }
            else if (read is not null)
            {
                if (_entries.Count >= maxModels)
                {
                    ForgetOldest();
                }

                _entries[model] = entry = new Entry { Document = read };
            }

            if (entry is not null)
            {
                entry.Used = ++_uses;
            }

            return entry?.Document;
        }
    }

    /// <summary>The higher revision that is held on to instead of a document; null when there is none, or when this was said before.</summary>
    public long? HigherThan(AliasDocument told)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(told.Name, out var entry) || entry.Document.Revision <= told.Revision || entry.SaidBehind == told.Revision)
            {
                return null;
            }

            entry.SaidBehind = told.Revision;
            return entry.Document.Revision;
        }
    }

    private void ForgetOldest()
    {
        string? oldest = null;
        var used = long.MaxValue;
        foreach (var (model, entry) in _entries)
        {
            if (entry.Used < used)
            {
                (oldest, used) = (model, entry.Used);
            }
        }

        _entries.Remove(oldest!);
    }

    private sealed class Entry
    {
        public required AliasDocument Document { get; set; }

        public long Used { get; set; }

        public long? SaidBehind { get; set; }
    }
}
