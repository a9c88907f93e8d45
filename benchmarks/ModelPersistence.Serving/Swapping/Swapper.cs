using ModelPersistence.Models;
using ModelPersistence.Serving.Harness;

namespace ModelPersistence.Serving.Swapping;

/// <summary>Moves the alias between the two good versions, and to a new broken one now and then.</summary>
internal sealed class Swapper(ServingHost host, Publisher publisher)
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);

    // Every tenth beat: every 5 s.
    private const int BeatsToBroken = 10;

    private ModelVersion _good = SwapStage.First;
    private int _beat;

    public int Moves { get; private set; }

    public int Broken { get; private set; }

    public async Task SwapForAsync(TimeSpan duration)
    {
        using PeriodicTimer beats = new(Beat, TimeProvider.System);
        var begun = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(begun) < duration && await beats.WaitForNextTickAsync())
        {
            var isBroken = ++_beat % BeatsToBroken == BeatsToBroken / 2;
            await (isBroken ? publisher.BreakAsync() : publisher.PointAsync(_good = _good == SwapStage.First ? SwapStage.Second : SwapStage.First));
            Moves++;
            Broken += isBroken ? 1 : 0;

            // Not waited for: the next move may come while a version is still on its way.
            _ = host.Manager.RefreshAsync(SwapStage.Model);
        }
    }

    /// <summary>Comes to rest on a version, and waits until what was left is gone: when only that version is loaded.</summary>
    /// <exception cref="TimeoutException">It did not go.</exception>
    public async Task SettleAsync(ModelVersion version)
    {
        await publisher.PointAsync(_good = version);
        await host.Manager.RefreshAsync(SwapStage.Model);
        var begun = TimeProvider.System.GetTimestamp();
        while (host.Served.All() is not [{ IsSettled: true } only] || only.Version != version)
        {
            if (TimeProvider.System.GetElapsedTime(begun) > TimeSpan.FromSeconds(60))
            {
                throw new TimeoutException($"After a minute there are still: {string.Join(", ", host.Served.All().Select(static served => $"{served.DisplayName} {served.State}"))}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }
}
