using System.Runtime.CompilerServices;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Testing;

/// <summary>
/// A bucket in memory, with conditions enforced and every write seen by the next read. It can be told to behave as badly as real
/// servers do: to ignore conditions, to fail, to write and then lose the answer, to list page by page, to wait.
/// </summary>
/// <remarks>
/// Safe for concurrent use. Entity tags follow from the content, as those of most servers do. An <see cref="ObjectRepository"/> makes a
/// repository of it.
/// </remarks>
/// <param name="name">The name in messages.</param>
public sealed class InMemoryObjectStore(string name = "memory") : IWritableObjectStore
{
    private const int PartLength = 1 << 20;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly List<ObjectCall> _calls = [];
    private readonly Dictionary<string, long> _bytesRead = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _unchanged = new(StringComparer.Ordinal);
    private readonly ObjectFaults _faults = new(name);

    /// <inheritdoc/>
    public bool CanList { get; init; } = true;

    /// <summary>Whether writes happen and objects are read whatever the condition says, as on servers that do not know conditions. Default false.</summary>
    public bool IgnoresConditions { get; set; }

    /// <summary>How many entries a page of a listing has, at least 1. Default 1000.</summary>
    public int PageSize { get; set; } = 1000;

    /// <summary>
    /// Is awaited at the start of every call, before it has any effect: a test can hold a call back, or throw in its place. It is never
    /// called under a lock. Default null.
    /// </summary>
    public Func<ObjectCall, CancellationToken, Task>? Before { get; set; }

    /// <summary>The keys of all objects, in ordinal order.</summary>
    public IReadOnlyList<string> Keys
    {
        get
        {
            lock (_gate)
            {
                return [.. _objects.Keys];
            }
        }
    }

    /// <summary>Every call so far in the order of their beginning, those that failed included; a delete of several objects stands once for each.</summary>
    public IReadOnlyList<ObjectCall> Calls
    {
        get
        {
            lock (_gate)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>How many calls of a kind were made so far.</summary>
    public int CountOf(ObjectCallKind kind) => Calls.Count(call => call.Kind == kind);

    /// <summary>How many bytes of an object were read so far.</summary>
    /// <param name="key">The object's key; null for all objects together.</param>
    public long BytesRead(string? key = null)
    {
        lock (_gate)
        {
            return key is null ? _bytesRead.Values.Sum() : _bytesRead.GetValueOrDefault(key);
        }
    }

    /// <summary>How many reads were answered by saying that the object has not changed, without its bytes.</summary>
    /// <param name="key">The object's key; null for all objects together.</param>
    public int Unchanged(string? key = null)
    {
        lock (_gate)
        {
            return key is null ? _unchanged.Values.Sum() : _unchanged.GetValueOrDefault(key);
        }
    }

    /// <summary>The bytes of an object, or null. Not counted as a call.</summary>
    public byte[]? Get(string key)
    {
        lock (_gate)
        {
            return _objects.GetValueOrDefault(key);
        }
    }

    /// <summary>Puts an object there, whatever was there before. Not counted as a call.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="content">Its bytes; kept, not copied.</param>
    public void Set(string key, byte[] content)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(content);
        lock (_gate)
        {
            _objects[key] = content;
        }
    }

    /// <summary>Takes an object away. Not counted as a call.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string key)
    {
        lock (_gate)
        {
            return _objects.Remove(key);
        }
    }

    /// <summary>Lets the next calls fail without any effect.</summary>
    /// <param name="times">How many calls fail.</param>
    /// <param name="failure">What they throw; null for a transient <see cref="ModelStorageException"/>.</param>
    /// <param name="kind">The operation that fails; null for any.</param>
    public void FailNext(int times = 1, Exception? failure = null, ObjectCallKind? kind = null) => _faults.Fail(times, failure, kind);

    /// <summary>Lets the next writes, uploads or deletes happen and then fail, as when the connection breaks before the answer arrives.</summary>
    /// <param name="times">How many answers are lost.</param>
    /// <param name="failure">What is thrown instead of the answer; null for a transient <see cref="ModelStorageException"/>.</param>
    public void LoseAnswers(int times = 1, Exception? failure = null) => _faults.Lose(times, failure);

    /// <inheritdoc/>
    public async ValueTask<StoredObject?> ReadAsync(string key, int maxLength, CancellationToken cancellationToken)
    {
        await EnterAsync(new ObjectCall(ObjectCallKind.Read, key), cancellationToken).ConfigureAwait(false);
        return ReadWhole(key, maxLength);
    }

    /// <inheritdoc/>
    /// <remarks>Recorded as a call of the kind <see cref="ObjectCallKind.Read"/>; see <see cref="Unchanged"/>.</remarks>
    public async ValueTask<StoredObject?> ReadIfChangedAsync(string key, StoredObject known, int maxLength, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(known);
        await EnterAsync(new ObjectCall(ObjectCallKind.Read, key), cancellationToken).ConfigureAwait(false);
        if (IgnoresConditions || Get(key) is not { } content || TagOf(content) != known.ETag)
        {
            return ReadWhole(key, maxLength);
        }

        lock (_gate)
        {
            _unchanged[key] = _unchanged.GetValueOrDefault(key) + 1;
        }

        return known;
    }

    /// <inheritdoc/>
    public async ValueTask<Stream> OpenReadAsync(string key, long offset, long length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        await EnterAsync(new ObjectCall(ObjectCallKind.Open, key), cancellationToken).ConfigureAwait(false);
        if (Get(key) is not { } content)
        {
            throw new ModelStorageException(name, $"The object '{key}' is missing in '{name}'. Publish the model again or restore the object.", isTransient: false);
        }

        var start = (int)Math.Min(offset, content.Length);
        MemoryStream range = new(content, start, (int)Math.Min(length, content.Length - start), writable: false);
        return new FaultyStream(range, null, count => Read(key, count));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, bool recursive, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!CanList)
        {
            throw new NotSupportedException($"'{name}' has no listing.");
        }

        for (var after = ""; ;)
        {
            // Each page is a call of its own, so that what is written meanwhile can be missed or met, as on a server.
            await EnterAsync(new ObjectCall(ObjectCallKind.List, prefix), cancellationToken).ConfigureAwait(false);
            var page = Page(prefix, recursive, after);
            foreach (var entry in page)
            {
                yield return entry;
            }

            if (page.Count < PageSize)
            {
                yield break;
            }

            after = page[^1].Key;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<string?> TryWriteAsync(string key, ReadOnlyMemory<byte> content, WriteCondition condition, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        await EnterAsync(new ObjectCall(ObjectCallKind.Write, key), cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            var current = _objects.GetValueOrDefault(key);
            var holds = IgnoresConditions || condition.Kind switch
            {
                WriteConditionKind.Absent => current is null,
                WriteConditionKind.Unchanged => current is not null && TagOf(current) == condition.ETag,
                _ => true,
            };
            if (!holds)
            {
                return null;
            }

            _objects[key] = content.ToArray();
        }

        _faults.ThrowIfAnswerIsLost();
        return TagOf(content.Span);
    }

    /// <inheritdoc/>
    public async Task UploadAsync(string key, ObjectContent content, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(content);
        await EnterAsync(new ObjectCall(ObjectCallKind.Upload, key), cancellationToken).ConfigureAwait(false);
        var bytes = new byte[content.Length];
        for (var at = 0; at < bytes.Length; at += PartLength)
        {
            await content.ReadAsync(at, bytes.AsMemory(at, Math.Min(PartLength, bytes.Length - at)), cancellationToken).ConfigureAwait(false);
        }

        Set(key, bytes);
        _faults.ThrowIfAnswerIsLost();
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        foreach (var key in keys)
        {
            await EnterAsync(new ObjectCall(ObjectCallKind.Delete, key), cancellationToken).ConfigureAwait(false);
            Remove(key);
            _faults.ThrowIfAnswerIsLost();
        }
    }

    private async ValueTask EnterAsync(ObjectCall call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            _calls.Add(call);
        }

        if (Before is { } before)
        {
            await before(call, cancellationToken).ConfigureAwait(false);
        }

        _faults.ThrowIfCallFails(call.Kind);
    }

    private StoredObject? ReadWhole(string key, int maxLength)
    {
        if (Get(key) is not { } content)
        {
            return null;
        }

        if (content.Length > maxLength)
        {
            throw new ModelIntegrityException($"The object '{key}' in '{name}' has {content.Length} bytes and {maxLength} are allowed. Publish the model again or restore the object.") { File = key };
        }

        Read(key, content.Length);
        return new StoredObject(content, TagOf(content));
    }

    private List<ObjectEntry> Page(string prefix, bool recursive, string after)
    {
        List<ObjectEntry> page = [];
        lock (_gate)
        {
            foreach (var (key, content) in _objects)
            {
                if (!key.StartsWith(prefix, StringComparison.Ordinal))
                {
                    continue;
                }

                var slash = recursive ? -1 : key.IndexOf('/', prefix.Length);
                ObjectEntry entry = slash < 0 ? new(key, content.Length) : new(key[..(slash + 1)], 0);
                if (string.CompareOrdinal(entry.Key, after) > 0 && (page.Count == 0 || page[^1].Key != entry.Key))
                {
                    page.Add(entry);
                    if (page.Count == PageSize)
                    {
                        break;
                    }
                }
            }
        }

        return page;
    }

    private void Read(string key, int count)
    {
        lock (_gate)
        {
            _bytesRead[key] = _bytesRead.GetValueOrDefault(key) + count;
        }
    }

    private static string TagOf(ReadOnlySpan<byte> content) => $"\"{Sha256Digest.Of(content).Hex[..32]}\"";
}
