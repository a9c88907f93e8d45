using ModelPersistence.Models;
using ModelPersistence.Transfer;

namespace ModelPersistence.Tests.Transfer;

public sealed class BackoffTests
{
    [TestCase(1, 1.0, 200)]
    [TestCase(1, 0.5, 100)]
    [TestCase(2, 1.0, 400)]
    [TestCase(4, 1.0, 1600)]
    [TestCase(4, 0.0, 0)]
    [TestCase(9, 1.0, 10_000)]
    [TestCase(1_000, 1.0, 10_000)]
    public void Each_wait_may_be_twice_as_long_as_the_one_before(int attempt, double random, int milliseconds) =>
        Assert.That(Backoff.Delay(attempt, Fault(null), new TransferSettings(), random), Is.EqualTo(TimeSpan.FromMilliseconds(milliseconds)));

    [TestCase(3, 3_100)]
    [TestCase(3_600, 30_100)]
    public void What_the_server_asks_for_is_respected_within_reason(int wish, int milliseconds) =>
        Assert.That(Backoff.Delay(1, Fault(TimeSpan.FromSeconds(wish)), new TransferSettings(), 0.5), Is.EqualTo(TimeSpan.FromMilliseconds(milliseconds)));

    private static ModelStorageException Fault(TimeSpan? retryAfter) => new("s", "busy", isTransient: true) { RetryAfter = retryAfter };
}
