using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Tests.Store;

/// <summary>A provider far away: its bytes are in memory, every read is counted, and a test can hold, cut, spoil or fail them.</summary>
internal sealed class RemoteProvider(string name = "remote") : IStorageProvider
{
    private readonly ConcurrentDictionary<string, byte[]> _files = [];
    private long _bytesRead;

    public string Name => name;

    public VerificationMode Verification => VerificationMode.BeforeUse;

    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>Called for every read with the file, the offset and the bytes, which it may change; what it awaits, the reader awaits.</summary>
    public Func<ModelFile, long, byte[], CancellationToken, ValueTask<byte[]>>? OnRead { get; set; }

    public ConcurrentQueue<(string Path, long Offset, long Length)> Reads { get; } = new();

    public RemoteProvider With(TestModel model)
    {
        foreach (var (path, content) in model.Content)
        {
            _files[path + model.Document.Manifest.Version] = content;
        }

        return this;
    }

    public async ValueTask<Stream> OpenReadAsync(ModelManifest manifest, ModelFile file, long offset, long length, CancellationToken cancellationToken)
    {
        Reads.Enqueue((file.Path, offset, length));
        if (!_files.TryGetValue(file.Path + manifest.Version, out var content))
        {
            throw new ModelStorageException(name, $"Provider '{name}' has no '{file.Path}'.", isTransient: false);
        }

        var bytes = content[(int)offset..(int)(offset + length)];
        if (OnRead is { } onRead)
        {
            bytes = await onRead(file, offset, bytes, cancellationToken);
        }

        Interlocked.Add(ref _bytesRead, bytes.Length);
        return new MemoryStream(bytes);
    }

    public string? GetLocalPath(ModelManifest manifest, ModelFile file) => null;

    public ValueTask<AliasDocument?> GetAliasesAsync(string model, CancellationToken cancellationToken) => new((AliasDocument?)null);

    public ValueTask<ManifestDocument?> GetManifestAsync(string model, ModelVersion version, CancellationToken cancellationToken) => new((ManifestDocument?)null);

    public async IAsyncEnumerable<ModelVersion> ListVersionsAsync(string model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }

    public async IAsyncEnumerable<string> ListModelsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }
}
