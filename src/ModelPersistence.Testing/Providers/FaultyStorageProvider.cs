using System.Runtime.CompilerServices;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Testing;

/// <summary>Wraps a provider and lets it fail as a test says: calls that fail, streams that break off or carry wrong bytes, answers that wait.</summary>
/// <remarks>Safe for concurrent use. Without any fault set it answers as the wrapped provider does. The wrapped provider stays its owner's.</remarks>
/// <param name="inner">The provider that answers.</param>
public sealed class FaultyStorageProvider(IStorageProvider inner) : IStorageProvider
{
    private readonly Lock _gate = new();
    private readonly Queue<Exception> _failures = [];
    private readonly Queue<StreamFault> _streamFaults = [];
    private volatile TaskCompletionSource? _held;
    private int _calls;
    private long _bytesRead;

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public VerificationMode Verification => inner.Verification;

    /// <summary>Whether local paths are withheld, so that bytes must be read as streams. Default true: faults of streams could not be met otherwise.</summary>
    public bool HideLocalPaths { get; init; } = true;

    /// <summary>How many calls were made so far, those that failed included; a listing counts once.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>How many bytes were read from streams so far.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>Lets the next calls fail, whatever they ask.</summary>
    /// <param name="times">How many calls fail.</param>
    /// <param name="failure">What they throw; null for a transient <see cref="ModelStorageException"/>.</param>
    public void FailNext(int times = 1, Exception? failure = null)
    {
        lock (_gate)
        {
            for (var i = 0; i < times; i++)
            {
                _failures.Enqueue(failure ?? new ModelStorageException(Name, $"Provider '{Name}' was told to fail by a test.", isTransient: true));
            }
        }
    }

    /// <summary>Lets the next streams break off with an <see cref="IOException"/>.</summary>
    /// <param name="afterBytes">How many bytes they give before.</param>
    /// <param name="times">How many streams break off.</param>
    public void BreakStreams(long afterBytes, int times = 1) => Add(new StreamFault(StreamFaultKind.Break, afterBytes), times);

    /// <summary>Lets the next streams end too early, without any error.</summary>
    /// <param name="afterBytes">How many bytes they give.</param>
    /// <param name="times">How many streams end early.</param>
    public void CutStreams(long afterBytes, int times = 1) => Add(new StreamFault(StreamFaultKind.End, afterBytes), times);

    /// <summary>Changes one byte of the next streams.</summary>
    /// <param name="at">The position within the stream; a shorter stream stays as it is.</param>
    /// <param name="times">How many streams are changed.</param>
    public void CorruptStreams(long at = 0, int times = 1) => Add(new StreamFault(StreamFaultKind.Corrupt, at), times);

    /// <summary>Lets every call from now on wait until <see cref="Release"/>.</summary>
    public void Hold() => _held ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets the calls that wait, and all later ones, go on.</summary>
    public void Release()
    {
        var held = _held;
        _held = null;
        held?.SetResult();
    }

    /// <inheritdoc/>
    public async ValueTask<AliasDocument?> GetAliasesAsync(string model, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        return await inner.GetAliasesAsync(model, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<ManifestDocument?> GetManifestAsync(string model, ModelVersion version, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        return await inner.GetManifestAsync(model, version, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ModelVersion> ListVersionsAsync(string model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var version in inner.ListVersionsAsync(model, cancellationToken).ConfigureAwait(false))
        {
            yield return version;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListModelsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var model in inner.ListModelsAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return model;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Stream> OpenReadAsync(ModelManifest manifest, ModelFile file, long offset, long length, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        var stream = await inner.OpenReadAsync(manifest, file, offset, length, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            return new FaultyStream(stream, _streamFaults.TryDequeue(out var fault) ? fault : null, count => Interlocked.Add(ref _bytesRead, count));
        }
    }

    /// <inheritdoc/>
    public string? GetLocalPath(ModelManifest manifest, ModelFile file) => HideLocalPaths ? null : inner.GetLocalPath(manifest, file);

    private async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        if (_held is { } held)
        {
            await held.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        Exception? failure;
        lock (_gate)
        {
            _failures.TryDequeue(out failure);
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    private void Add(StreamFault fault, int times)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fault.At);
        lock (_gate)
        {
            for (var i = 0; i < times; i++)
            {
                _streamFaults.Enqueue(fault);
            }
        }
    }
}
