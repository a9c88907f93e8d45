using ModelPersistence.Integrity;

namespace ModelPersistence.Store;

/// <summary>
/// Runs blocking work on a volume that may hang. No file system call can be cancelled, so the work is given up on when nothing has
/// moved for the limit; slow is not stuck.
/// </summary>
internal static class VolumeWatch
{
    public static async Task<T> RunAsync<T>(
        Func<CancellationToken, Task<T>> work, ReadProgress progress, TimeSpan limit, TimeProvider time, Func<Exception, Exception> stuck, CancellationToken cancellationToken)
    {
        // Not disposed: work that was given up on may still look at the token.
        var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = Task.Run(() => work(giveUp.Token), CancellationToken.None);
        var seen = progress.Bytes;
        while (true)
        {
            try
            {
                return await running.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException e)
            {
                if (running.IsCompleted)
                {
                    // It came to its end in this very moment, or it is its own fault that was caught.
                    return await running.ConfigureAwait(false);
                }

                var now = progress.Bytes;
                if (now != seen)
                {
                    seen = now;
                    continue;
                }

                Observe(running);
                await giveUp.CancelAsync().ConfigureAwait(false);
                throw stuck(e);
            }
            catch (OperationCanceledException) when (!running.IsCompleted)
            {
                Observe(running);
                throw;
            }
        }
    }

    private static void Observe(Task running) =>
        _ = running.ContinueWith(
            static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
