using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Preparation;
using ModelPersistence.Runtime;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Preparation;

[CancelAfter(120_000)]
public class LatencyComparisonTests
{
    [Test]
    public void A_session_that_does_far_more_work_is_slower_and_the_other_way_round_not(CancellationToken cancellationToken)
    {
        using var light = new InferenceSession(TestModels.Add(width: 2048).ToArray());
        using var heavy = new InferenceSession(TestModels.MatMul(width: 2048).ToArray());
        using var inputs = InputSynthesizer.Create("m", light, null);
        var comparison = new LatencyComparison(TimeProvider.System);
        using var all = Assert.EnterMultipleScope();
        Assert.That(comparison.Measure("m", light, heavy, inputs, cancellationToken).IsSlower);
        Assert.That(comparison.Measure("m", heavy, light, inputs, cancellationToken).IsSlower, Is.False);
        Assert.That(comparison.Measure("m", heavy, heavy, inputs, cancellationToken).IsSlower, Is.False);
    }
}
