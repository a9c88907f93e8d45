using ModelPersistence.Tests.Support;
using ModelPersistence.Transfer;

namespace ModelPersistence.Tests.Transfer;

public sealed class ProgressFeedTests
{
    [Test]
    public void Listeners_hear_four_times_a_second_with_rate_and_rest()
    {
        ManualTimeProvider time = new();
        ProgressFeed feed = new(time);
        Listener listener = new();
        feed.Add(listener);
        for (var i = 0; i <= 20; i++)
        {
            feed.Report(fetched: i * 100, reused: 500, total: 5000);
            time.Advance(TimeSpan.FromMilliseconds(50));
        }

        feed.Remove(listener);
        feed.Report(4500, 500, 5000);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(listener.Heard, Has.Count.EqualTo(5));
            Assert.That(listener.Heard[0], Is.EqualTo(new ModelDownloadProgress(500, 5000, 500, 0, null)));
            Assert.That(listener.Heard[^1], Is.EqualTo(new ModelDownloadProgress(2500, 5000, 500, 2000, TimeSpan.FromSeconds(1.25))));
        }
    }

    [Test]
    public void A_listener_that_throws_silences_nobody_but_itself()
    {
        ManualTimeProvider time = new();
        ProgressFeed feed = new(time);
        Faulty faulty = new();
        Listener listener = new();
        feed.Add(faulty);
        feed.Add(listener);
        feed.Report(100, 0, 1000);
        time.Advance(TimeSpan.FromSeconds(1));
        feed.Report(200, 0, 1000);
        Assert.That((faulty.Calls, listener.Heard.Count), Is.EqualTo((1, 2)));
    }

    private sealed class Faulty : IProgress<ModelDownloadProgress>
    {
        public int Calls { get; private set; }

        public void Report(ModelDownloadProgress value)
        {
            Calls++;
            throw new InvalidOperationException("told by a test");
        }
    }

    private sealed class Listener : IProgress<ModelDownloadProgress>
    {
        public List<ModelDownloadProgress> Heard { get; } = [];

        public void Report(ModelDownloadProgress value) => Heard.Add(value);
    }
}
