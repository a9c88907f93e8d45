using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Internal;

namespace ModelPersistence.Repositories;

/// <summary>
/// The documents that were read last, by key, so that a store need only be asked whether they have changed. Bounded in bytes: a document
/// that finds no room is read whole until the cache has made some.
/// </summary>
/// <remarks>Safe for concurrent use. Made when the first document is read: a start from local folders does without its assembly.</remarks>
internal sealed class DocumentCache(TimeProvider time) : IDisposable
{
    public const long MaxBytes = 16 << 20;

    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    // What a document weighs once it is parsed, besides its bytes.
    private const int Overhead = 512;

    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = MaxBytes, Clock = new CacheClock(time) });

    public CachedDocument? Find(string key) => _cache.TryGetValue(key, out var found) ? (CachedDocument?)found : null;

    public void Keep(string key, CachedDocument document)
    {
        using var entry = _cache.CreateEntry(key);
        entry.Value = document;
        entry.Size = (2L * document.Stored.Content.Length) + Overhead;
        entry.SlidingExpiration = KeptFor;
    }

    public void Forget(string key) => _cache.Remove(key);

    public void Dispose() => _cache.Dispose();

    private sealed class CacheClock(TimeProvider time) : ISystemClock
    {
        public DateTimeOffset UtcNow => time.GetUtcNow();
    }
}

/// <summary>A document as it was read and as it was parsed.</summary>
internal sealed record CachedDocument(StoredObject Stored, object Document);
