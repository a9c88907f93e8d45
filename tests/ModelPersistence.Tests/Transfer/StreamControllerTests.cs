using ModelPersistence.Transfer;

namespace ModelPersistence.Tests.Transfer;

public sealed class StreamControllerTests
{
    [TestCase(new[] { 100.0, 150, 200, 250, 300, 350, 400, 450 }, new[] { 12, 16, 20, 24, 28, 32, 32, 32 }, TestName = "It grows while that makes it faster, and no further than it may")]
    [TestCase(new[] { 100.0, 105 }, new[] { 12, 8 }, TestName = "It goes back when more streams did not help")]
    [TestCase(new[] { 100.0, 150, 160 }, new[] { 12, 16, 12 }, TestName = "It goes back by one step only")]
    [TestCase(new[] { 100.0, 60 }, new[] { 12, 8 }, TestName = "It goes back when more streams made it slower")]
    public void The_number_of_streams_follows_the_rate(double[] rates, int[] streams)
    {
        StreamController controller = new(8, 32);
        List<int> seen = [];
        foreach (var rate in rates)
        {
            controller = controller.Next(rate, wasThrottled: false);
            seen.Add(controller.Streams);
        }

        Assert.That(seen, Is.EqualTo(streams));
    }

    [TestCase(8, 4)]
    [TestCase(3, 1)]
    [TestCase(1, 1)]
    public void A_source_that_is_asked_too_often_is_asked_half_as_much(int before, int after) =>
        Assert.That(new StreamController(before, 32).Next(100, wasThrottled: true).Streams, Is.EqualTo(after));

    [TestCase(true)]
    [TestCase(false)]
    public void After_a_step_back_it_rests_and_then_tries_again(bool wasThrottled)
    {
        var controller = wasThrottled ? new StreamController(16, 32).Next(100, wasThrottled: true) : new StreamController(8, 32).Next(100, false).Next(100, false);
        Assert.That(controller.Streams, Is.EqualTo(8));
        for (var i = 0; i < 20; i++)
        {
            controller = controller.Next(100, wasThrottled: false);
            Assert.That(controller.Streams, Is.EqualTo(8));
        }

        Assert.That(controller.Next(100, wasThrottled: false).Streams, Is.EqualTo(12));
    }

    [Test]
    public void None_are_added_while_the_processors_are_busy()
    {
        var controller = new StreamController(8, 32).Next(100, wasThrottled: false, isBusy: true);
        Assert.That(controller.Streams, Is.EqualTo(8));

        // What was tried before is judged all the same.
        controller = controller.Next(100, wasThrottled: false).Next(100, wasThrottled: false, isBusy: true);
        Assert.That(controller.Streams, Is.EqualTo(8));
    }

    [Test]
    public void There_are_never_more_than_there_may_be() =>
        Assert.That(new StreamController(4, 4).Next(100, wasThrottled: false).Streams, Is.EqualTo(4));
}
