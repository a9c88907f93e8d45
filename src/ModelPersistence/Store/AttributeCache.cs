using Microsoft.Extensions.Logging;
using ModelPersistence.Integrity;

namespace ModelPersistence.Store;

/// <summary>
/// Network volumes show other hosts' writes late: a file may seem missing or short for as long as attributes are cached. So it is
/// looked at again for a while before it counts as damaged.
/// </summary>
internal sealed class AttributeCache(TimeSpan timeout, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    public async Task WaitAsync(string model, string store, IReadOnlyList<LocalFile> files, ReadProgress progress, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var delay = FirstDelay;
        var isLogged = false;
        while (files.Any(IsMissingOrShort) && time.GetElapsedTime(begun) < timeout)
        {
            if (!isLogged)
            {
                StoreLog.WaitingForVolume(logger, model, store, timeout.TotalSeconds);
                isLogged = true;
            }

            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
            progress.Add(1);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    private static bool IsMissingOrShort(LocalFile local) =>
        FileIdentity.TryRead(local.FullPath) is not { } identity || (identity.Kind == FileKind.Regular && identity.Size < local.File.Size);
}
