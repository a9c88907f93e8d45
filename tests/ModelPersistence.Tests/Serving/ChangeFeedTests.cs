using ModelPersistence.Serving;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

[CancelAfter(10_000)]
internal sealed class ChangeFeedTests
{
    private readonly ChangeFeed _feed = new(new ManualTimeProvider());

    [Test]
    public void A_follower_that_never_looks_is_gone_when_its_token_says_so()
    {
        using CancellationTokenSource ends = new();
        _ = _feed.FollowAsync(ends.Token);
        Assert.That(_feed.Followers, Is.EqualTo(1));
        ends.Cancel();
        Assert.That(_feed.Followers, Is.Zero);
    }

    [Test]
    public async Task A_follower_that_stops_looking_is_gone_at_once(CancellationToken token)
    {
        var changes = _feed.FollowAsync(token);
        _feed.Publish(ModelChangeKind.Ready, "m:latest");
        await foreach (var change in changes)
        {
            Assert.That(change.Subject, Is.EqualTo("m:latest"));
            break;
        }

        Assert.That(_feed.Followers, Is.Zero);
    }
}
