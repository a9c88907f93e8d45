using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Runtime;
using ModelPersistence.Serving;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Serving;

/// <summary>On the real runtime, since its codes and messages are what is judged by.</summary>
[CancelAfter(60_000)]
internal sealed class RunOutcomesTests
{
    [Test]
    public void An_input_of_the_wrong_size_is_the_callers_fault() =>
        Assert.That(OutcomeOf(TestModels.MatMul(), ("x", new float[3], [1, 3])), Is.EqualTo(RunOutcome.Rejected));

    [Test]
    public void An_input_of_the_wrong_rank_is_the_callers_fault() =>
        Assert.That(OutcomeOf(TestModels.MatMul(), ("x", new float[64], [64])), Is.EqualTo(RunOutcome.Rejected));

    [Test]
    public void An_input_of_the_wrong_type_is_the_callers_fault() =>
        Assert.That(OutcomeOf(TestModels.MatMul(), ("x", new double[64], [1, 64])), Is.EqualTo(RunOutcome.Rejected));

    [Test]
    public void A_missing_input_is_the_callers_fault() => Assert.That(OutcomeOf(TestModels.MatMul()), Is.EqualTo(RunOutcome.Rejected));

    [Test]
    public void An_unknown_input_is_the_callers_fault() =>
        Assert.That(OutcomeOf(TestModels.MatMul(), ("z", new float[64], [1, 64])), Is.EqualTo(RunOutcome.Rejected));

    [Test]
    public void An_index_out_of_bounds_is_the_callers_fault() =>
        Assert.That(OutcomeOf(Gather(), ("i", new long[] { 7 }, [1])), Is.EqualTo(RunOutcome.Rejected));

    [Test]
    public void A_run_that_the_caller_stopped_is_his_own_doing()
    {
        using var stopped = new RunOptions { Terminate = true };
        Assert.That(OutcomeOf(TestModels.MatMul(), stopped, ("x", new float[64], [1, 64])), Is.EqualTo(RunOutcome.Rejected));
    }

    [Test]
    public void A_kernel_that_fails_is_the_versions_fault() =>
        Assert.That(OutcomeOf(TestModels.MultipleOfSix(), ("x", new float[7], [7])), Is.EqualTo(RunOutcome.Failed));

    [Test]
    public void Memory_that_cannot_be_had_is_the_versions_fault() =>
        Assert.That(OutcomeOf(Blank(), ("n", new[] { 1L << 45 }, [1])), Is.EqualTo(RunOutcome.Failed));

    [Test]
    public void What_is_wrong_before_the_runtime_sees_it_is_the_callers_fault()
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(RunOutcomes.Of(Assert.Throws<ArgumentException>(() => TensorFactory.Create("x", new float[3], [4]).Dispose())!), Is.EqualTo(RunOutcome.Rejected));
        Assert.That(RunOutcomes.Of(new ObjectDisposedException("lease")), Is.EqualTo(RunOutcome.Rejected));
        Assert.That(RunOutcomes.Of(new TaskCanceledException()), Is.EqualTo(RunOutcome.Rejected));
        Assert.That(RunOutcomes.Of(new InvalidOperationException("[ErrorCode:InvalidArgument]")), Is.EqualTo(RunOutcome.Failed));
    }

    private static RunOutcome OutcomeOf(OnnxModelBuilder model, params (string Name, Array Data, long[] Shape)[] inputs)
    {
        using var options = new RunOptions();
        return OutcomeOf(model, options, inputs);
    }

    private static RunOutcome OutcomeOf(OnnxModelBuilder model, RunOptions options, params (string Name, Array Data, long[] Shape)[] inputs)
    {
        using var session = new InferenceSession(model.ToArray(), new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL });
        var values = inputs.Select(static input => TensorFactory.Create(input.Name, input.Data, input.Shape)).ToList();
        var exception = Assert.Catch<OnnxRuntimeException>(() => session.Run(options, inputs.Select(static input => input.Name).ToArray(), values, session.OutputNames).Dispose());
        values.ForEach(static value => value.Dispose());
        return RunOutcomes.Of(exception!);
    }

    private static OnnxModelBuilder Gather() => new OnnxModelBuilder().Graph(static graph => graph
        .Input("i", TensorElementType.Int64, "count")
        .Initializer<float>("table", [3], [1, 2, 3])
        .Node("Gather", ["table", "i"], ["y"])
        .Output("y", TensorElementType.Float, "count"));

    private static OnnxModelBuilder Blank() => new OnnxModelBuilder().Graph(static graph => graph
        .Input("n", TensorElementType.Int64, 1)
        .Node("ConstantOfShape", ["n"], ["y"])
        .Output("y", TensorElementType.Float, "count"));
}
