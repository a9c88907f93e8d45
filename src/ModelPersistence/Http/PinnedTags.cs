using System.Collections.Concurrent;
using System.Net.Http.Headers;

namespace ModelPersistence.Http;

/// <summary>
/// The entity tag each object was first seen with, so that the ranges of one download come from one object. It is an early warning
/// only: what the bytes are is decided by their hashes.
/// </summary>
internal sealed class PinnedTags
{
    private const int MaxRemembered = 4096;

    private readonly ConcurrentDictionary<string, EntityTagHeaderValue> _tags = new(StringComparer.Ordinal);
    private volatile bool _isUseless;

    /// <summary>The tag to ask for, or null.</summary>
    public EntityTagHeaderValue? For(string key) => _isUseless ? null : _tags.GetValueOrDefault(key);

    public void Forget(string key) => _tags.TryRemove(key, out _);

    /// <summary>Remembers what an answer was tagged with. A weak tag never satisfies If-Match.</summary>
    /// <param name="key">The object.</param>
    /// <param name="tag">The answer's tag, if it has one.</param>
    /// <param name="refused">The tag that the server has just said not to match, if it did.</param>
    public void Remember(string key, EntityTagHeaderValue? tag, EntityTagHeaderValue? refused)
    {
        if (tag is null or { IsWeak: true })
        {
            return;
        }

        if (refused is not null && refused.Equals(tag))
        {
            // It denies the tag that it gives: to this server the condition means something else.
            _isUseless = true;
        }

        if (_tags.Count >= MaxRemembered)
        {
            _tags.Clear();
        }

        _tags[key] = tag;
    }
}
