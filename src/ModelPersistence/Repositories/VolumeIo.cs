using ModelPersistence.Models;

namespace ModelPersistence.Repositories;

/// <summary>
/// Runs blocking file calls of one volume. On a local disk they run inline. On a volume that may hang they run on the pool and are given
/// up on after a limit, since no file system call can be cancelled; the number of calls that never came back is bounded.
/// </summary>
internal sealed class VolumeIo(string provider, string path, TimeSpan? limit, TimeProvider time)
{
    private const int MaxHanging = 4;

    private int _hanging;

    /// <summary>Whether the volume may be away for a while, so that a failure may pass by itself.</summary>
    public bool IsRemovable => limit is not null;

    /// <param name="call">The blocking call. It must not touch the caller's buffers: it may still run after this method has failed.</param>
    /// <param name="what">The end of the sentence "could not ...", for example "read 'a/manifest.json'".</param>
    /// <param name="cancellationToken">Ends the wait, not the call.</param>
    public async ValueTask<T> RunAsync<T>(Func<T> call, string what, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return limit is { } bound ? await RunBoundedAsync(call, bound, what, cancellationToken).ConfigureAwait(false) : call();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(what, e.Message, isTransient: IsRemovable && MayPass(e), e);
        }
    }

    public ModelStorageException Failure(string what, string cause, bool isTransient, Exception? inner = null) =>
        new(provider, $"Provider '{provider}' could not {what}: {cause} Check the folder '{path}', its mount and its permissions, or the Path of '{provider}' under ModelManagement:Providers.", isTransient, inner);

    /// <summary>A full or read-only file system, a forbidden or an overlong path wait for somebody to mend them.</summary>
    private static bool MayPass(Exception e)
    {
        const int NoSpace = 28, ReadOnly = 30, Quota = 122, WindowsDiskFull = unchecked((int)0x80070070);
        return e is IOException and not PathTooLongException
            && e.HResult is not (WindowsDiskFull or NoSpace or ReadOnly or Quota);
    }

    private async Task<T> RunBoundedAsync<T>(Func<T> call, TimeSpan bound, string what, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _hanging) >= MaxHanging)
        {
            throw Failure(what, $"{MaxHanging} earlier calls on the volume have not come back.", isTransient: true);
        }

        var running = Task.Run(call, CancellationToken.None);
        try
        {
            return await running.WaitAsync(bound, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            Abandon(running);
            if (e is TimeoutException)
            {
                throw Failure(what, $"the volume did not answer within {bound.TotalSeconds:0.###} s (ModelManagement:VolumeTimeout).", isTransient: true, e);
            }

            throw;
        }
    }

    private void Abandon<T>(Task<T> running)
    {
        Interlocked.Increment(ref _hanging);
        _ = running.ContinueWith(
            finished =>
            {
                Interlocked.Decrement(ref _hanging);
                if (finished.IsCompletedSuccessfully)
                {
                    (finished.Result as IDisposable)?.Dispose();
                }
                else
                {
                    _ = finished.Exception;
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}
