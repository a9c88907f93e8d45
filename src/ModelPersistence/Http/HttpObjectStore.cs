using ModelPersistence.Repositories;

namespace ModelPersistence.Http;

/// <summary>The objects of a static web server, read-only. It has no listing.</summary>
internal sealed class HttpObjectStore(HttpProviderOptions options, HttpClient client, bool ownsClient, TimeProvider time) : IObjectStore, IDisposable
{
    private readonly HttpObjectReader _reader = new(
        options.Name,
        client,
        new HttpRequests(options, time),
        new HttpReadOptions { AttemptTimeout = options.AttemptTimeout, AttemptTimeoutSetting = $"the AttemptTimeout of '{options.Name}'", DropsFreshTags = true },
        time);

    public bool CanList => false;

    public ValueTask<StoredObject?> ReadAsync(string key, int maxLength, CancellationToken cancellationToken) => _reader.ReadAsync(key, maxLength, cancellationToken);

    public ValueTask<StoredObject?> ReadIfChangedAsync(string key, StoredObject known, int maxLength, CancellationToken cancellationToken) =>
        _reader.ReadIfChangedAsync(key, known, maxLength, cancellationToken);

    public ValueTask<Stream> OpenReadAsync(string key, long offset, long length, CancellationToken cancellationToken) =>
        _reader.OpenAsync(key, offset, length, cancellationToken);

    public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, bool recursive, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A web server has no listing.");

    public void Dispose()
    {
        if (ownsClient)
        {
            client.Dispose();
        }
    }
}
