using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Sessions;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Sessions;

[CancelAfter(60_000)]
internal sealed class CandidateGateTests
{
    private readonly ModelOptions _options = new();
    private ValidationOptions Validation => _options.Validation;

    [SetUp]
    public void Defaults()
    {
        _options.Warmup.Iterations = 10;
        (Validation.Mode, Validation.AllowSignatureChange) = (ValidationMode.Enforce, false);
        (Validation.AbsoluteTolerance, Validation.RelativeTolerance, Validation.LatencyBudget) = (null, null, null);
    }

    [Test]
    public void A_version_that_reproduces_all_its_samples_passes() =>
        Assert.That(Answers(TestModels.Add(1, width: 2), [Sample([1, 2], [2, 3]), Sample([5, 6], [6, 7])]), Is.Null);

    [Test]
    public void The_sample_that_is_not_reproduced_is_told_with_output_element_and_values()
    {
        var e = Assert.Throws<ModelLoadException>(() => Answers(TestModels.Add(1, width: 2), [Sample([1, 2], [2, 3]), Sample([5, 6], [6, 8])]));
        using var all = Assert.EnterMultipleScope();
        Assert.That(e!.Phase, Is.EqualTo(LoadPhase.Validate));
        Assert.That(e.Model, Is.EqualTo("m:2.0.0"));
        Assert.That(e.IsTransient, Is.False);
        Assert.That(e.Message, Does.Contain("'m:2.0.0'").And.Contains("golden sample 2 of 2").And.Contains("output 'y' differs at element 1: 7 instead of 8 (allowed 8.1E-05)"));
        Assert.That(e.Message, Does.Contain("Validation:AbsoluteTolerance").And.Contains("Validation:Mode"));
    }

    [Test]
    public void Tolerances_of_the_sample_come_first_then_those_of_the_host()
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(Answers(TestModels.Add(1, width: 1), [Sample([1], [2.1f]) with { AbsoluteTolerance = 0.2 }]), Is.Null);
        Validation.AbsoluteTolerance = 0.2;
        Assert.That(Answers(TestModels.Add(1, width: 1), [Sample([1], [2.1f])]), Is.Null);
        Assert.That(() => Answers(TestModels.Add(1, width: 1), [Sample([1], [2.1f]) with { AbsoluteTolerance = 0.01 }]), Throws.TypeOf<ModelLoadException>());
        Assert.That(() => Answers(TestModels.Add(1, width: 1), [Sample([1], [2.1f]) with { RelativeTolerance = 0.01 }]), Throws.TypeOf<ModelLoadException>());
    }

    [Test]
    public void A_relative_tolerance_of_the_host_is_heard()
    {
        Validation.RelativeTolerance = 0.1;
        Assert.That(Answers(TestModels.Add(1, width: 1), [Sample([1], [2.1f])]), Is.Null);
    }

    [Test]
    public void A_version_that_fails_on_its_sample_is_refused()
    {
        var sample = new GoldenSample { Inputs = Tensors("x", [1, 2, 3], [3]), Outputs = Tensors("y", [6], [1]) };
        Assert.That(() => Answers(TestModels.MultipleOfSix(), [sample]), Throws.TypeOf<ModelLoadException>().With.Message.Contains("the runtime failed on it").And.Message.Contains("Reshape"));
    }

    [Test]
    public void A_sample_without_an_input_of_the_version_is_refused()
    {
        var sample = Sample([1], [2]) with { Inputs = Tensors("z", [1], [1, 1]) };
        Assert.That(() => Answers(TestModels.Add(1, width: 1), [sample]), Throws.TypeOf<ModelLoadException>().With.Message.Contains("lacks the input 'x'").And.Property("Phase").EqualTo(LoadPhase.Validate));
    }

    [Test]
    public void A_sample_that_contradicts_itself_is_refused()
    {
        var sample = Sample([1], [2]) with { Inputs = Tensors("x", [1], [1, 2]) };
        Assert.That(() => Answers(TestModels.Add(1, width: 1), [sample]), Throws.TypeOf<ModelLoadException>().With.Message.Contains("the golden tensor 'x' is refused"));
    }

    [Test]
    public void Without_samples_it_must_run_to_what_it_declares()
    {
        _options.Warmup.Inputs["n"] = new InputOptions { Values = [3] };
        using var all = Assert.EnterMultipleScope();
        Assert.That(Answers(Blank(3), null), Is.Null);
        Assert.That(Answers(Blank("count"), []), Is.Null);
        Assert.That(() => Answers(Blank(4), null), Throws.TypeOf<ModelLoadException>().With.Message.Contains("the output 'y' float[4] came as float[3]"));
    }

    [Test]
    public void Every_kind_of_output_passes_without_samples([Values("Add", "Halves", "Integers", "Strings", "Conditional")] string which) =>
        Assert.That(Answers(which switch
        {
            "Add" => TestModels.Add(),
            "Halves" => TestModels.Halves(),
            "Integers" => TestModels.Integers(),
            "Strings" => TestModels.Strings(),
            _ => TestModels.Conditional(),
        }, null), Is.Null);

    [Test]
    public void A_version_that_cannot_be_tried_is_refused_with_the_hint_to_give() =>
        Assert.That(() => Answers(TestModels.MultipleOfSix(), null), Throws.TypeOf<ModelLoadException>().With.Message.Contains("WarmupDimension"));

    [Test]
    public void Whoever_wants_no_made_up_runs_gets_none_here_either()
    {
        _options.Warmup.Iterations = 0;
        Assert.That(Answers(TestModels.MultipleOfSix(), null), Is.Null);
    }

    [Test]
    public void Samples_are_reproduced_also_where_no_warm_up_is_wanted()
    {
        _options.Warmup.Iterations = 0;
        Assert.That(() => Answers(TestModels.Add(1, width: 1), [Sample([1], [3])]), Throws.TypeOf<ModelLoadException>());
    }

    [Test]
    public void A_warning_tells_what_would_have_been_refused()
    {
        Validation.Mode = ValidationMode.Warn;
        using var all = Assert.EnterMultipleScope();
        Assert.That(Answers(TestModels.Add(1, width: 1), [Sample([1], [3])]), Does.Contain("golden sample 1 of 1"));
        Assert.That(Signature(TestModels.Add(), TestModels.Halves()), Does.Contain("is not called like"));
        Assert.That(Latency(P95(20), hints: null, budgetMs: 10), Does.Contain("too slow"));
    }

    [Test]
    public void What_is_switched_off_is_not_run()
    {
        Validation.Mode = ValidationMode.Off;
        using var all = Assert.EnterMultipleScope();
        Assert.That(Answers(TestModels.Add(1, width: 1), [Sample([1], [3])]), Is.Null);
        Assert.That(Signature(TestModels.Add(), TestModels.Halves()), Is.Null);
        Assert.That(Latency(P95(20), hints: null, budgetMs: 10), Is.Null);
    }

    [Test]
    public void A_changed_signature_is_refused_unless_it_is_allowed()
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(() => Signature(TestModels.Add(), TestModels.Halves()), Throws.TypeOf<ModelLoadException>().With.Message.Contains("AllowSignatureChange").And.Message.Contains("float16"));
        Assert.That(Signature(TestModels.Add(1), TestModels.Add(2)), Is.Null);
        Validation.AllowSignatureChange = true;
        Assert.That(Signature(TestModels.Add(), TestModels.Halves()), Is.Null);
    }

    [Test]
    public void The_latency_budget_is_the_hosts_else_the_manifests()
    {
        var hints = new WarmupHints { LatencyBudgetMs = 10 };
        using var all = Assert.EnterMultipleScope();
        Assert.That(Latency(P95(20), hints: null, budgetMs: null), Is.Null);
        Assert.That(Latency(P95(10), hints, budgetMs: null), Is.Null);
        Assert.That(Latency(P95(20), hints, budgetMs: 30), Is.Null);
        Assert.That(Latency(null, hints, budgetMs: 1), Is.Null);
        Assert.That(() => Latency(P95(20), hints, budgetMs: null), Throws.TypeOf<ModelLoadException>().With.Message.Contains("warmup.latencyBudgetMs (10 ms)").And.Message.Contains("20 ms"));
        Assert.That(() => Latency(P95(20), hints, budgetMs: 15), Throws.TypeOf<ModelLoadException>().With.Message.Contains("Validation:LatencyBudget (15 ms)"));
    }

    [Test]
    public void The_hosts_hints_leave_the_manifests_budget_as_it_is()
    {
        _options.Warmup.Dimensions["batch"] = 2;
        Assert.That(WarmupHintMerge.Merge(_options.Warmup, new WarmupHints { LatencyBudgetMs = 10 })!.LatencyBudgetMs, Is.EqualTo(10));
    }

    [Test]
    public void A_stop_ends_the_check_between_two_samples()
    {
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        using var session = new InferenceSession(TestModels.Add(1, width: 1).ToArray());
        Assert.That(() => CandidateGate.CheckAnswers("m:2.0.0", session, [Sample([1], [2])], null, _options, stopped.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    private string? Answers(OnnxModelBuilder model, IReadOnlyList<GoldenSample>? samples)
    {
        using var session = new InferenceSession(model.ToArray(), new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL });
        return CandidateGate.CheckAnswers("m:2.0.0", session, samples, WarmupHintMerge.Merge(_options.Warmup, null), _options, CancellationToken.None);
    }

    private string? Signature(OnnxModelBuilder before, OnnxModelBuilder after)
    {
        using var first = new InferenceSession(before.ToArray());
        using var second = new InferenceSession(after.ToArray());
        return CandidateGate.CheckSignature("m:2.0.0", ModelSignature.Of(first), ModelSignature.Of(second), Validation);
    }

    private string? Latency(WarmupStatistics? warmup, WarmupHints? hints, int? budgetMs)
    {
        Validation.LatencyBudget = budgetMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null;
        return CandidateGate.CheckLatency("m:2.0.0", warmup, hints, Validation);
    }

    private static WarmupStatistics P95(int ms) => new(10, default, default, default, TimeSpan.FromMilliseconds(ms), default);

    private static GoldenSample Sample(float[] x, float[] y) => new() { Inputs = Tensors("x", x, [1, x.Length]), Outputs = Tensors("y", y, [1, y.Length]) };

    private static Dictionary<string, TensorValue> Tensors(string name, float[] values, long[] shape) =>
        new() { [name] = new TensorValue { ElementType = "float", Shape = shape, Data = MemoryMarshal.AsBytes<float>(values).ToArray() } };

    private static OnnxModelBuilder Blank(OnnxDimension size) => new OnnxModelBuilder().Graph(graph => graph
        .Input("n", TensorElementType.Int64, 1)
        .Node("ConstantOfShape", ["n"], ["y"])
        .Output("y", TensorElementType.Float, size));
}
