using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Tests.Transfer;

/// <summary>A provider of one file in memory; for each request a test says what its stream does.</summary>
internal sealed class ScriptedSource(byte[] content, string name = "source") : IStorageProvider
{
    public byte[] Content => content;

    public string Name => name;

    public VerificationMode Verification => VerificationMode.BeforeUse;

    /// <summary>The ranges that were asked for.</summary>
    public List<(long Offset, long Length)> Requests { get; } = [];

    /// <summary>Called with the number of the request, from 1, and its bytes; null leaves it as it is.</summary>
    public Func<int, byte[], Stream?>? Answer { get; set; }

    public bool HasRanges { get; set; } = true;

    public ValueTask<Stream> OpenReadAsync(ModelManifest manifest, ModelFile file, long offset, long length, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int number;
        lock (Requests)
        {
            Requests.Add((offset, length));
            number = Requests.Count;
        }

        if (!HasRanges && offset > 0)
        {
            throw new RangesNotSupportedException("whole objects only");
        }

        var bytes = content[(int)offset..(int)(offset + length)];
        return new(Answer?.Invoke(number, bytes) ?? new MemoryStream(bytes));
    }

    public string? GetLocalPath(ModelManifest manifest, ModelFile file) => null;

    public ValueTask<AliasDocument?> GetAliasesAsync(string model, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<ManifestDocument?> GetManifestAsync(string model, ModelVersion version, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<ModelVersion> ListVersionsAsync(string model, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<string> ListModelsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
}
