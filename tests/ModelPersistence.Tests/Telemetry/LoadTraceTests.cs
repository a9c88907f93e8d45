using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Models;
using ModelPersistence.Telemetry;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Telemetry;

/// <summary>The spans of a load.</summary>
[CancelAfter(120_000)]
internal sealed class LoadTraceTests
{
    [Test]
    public async Task A_load_is_a_span_whose_children_are_its_steps_below_that_of_the_caller(CancellationToken token)
    {
        using TemporaryFolder folder = new();
        TestModels.Add(1).Save(folder["add.onnx"]);
        using Spans spans = new();
        await using TestHost host = new(folder["cache"], m => m.AddModelFile("traced", folder["add.onnx"]));
        using (var caller = spans.Source.StartActivity("request")!)
        {
            (await host.Models.GetAsync("traced", token)).Dispose();
            var open = spans.Named(ModelTelemetry.OpenSpan, caller.TraceId).Single();
            var timeline = host.Status.Models.Single().Timeline!;
            var children = spans.All.Where(span => span.ParentSpanId == open.SpanId).ToList();
            using (Assert.EnterMultipleScope())
            {
                Assert.That(open.ParentSpanId, Is.EqualTo(caller.SpanId));
                Assert.That(open.GetTagItem(ModelTelemetry.ModelTag), Is.EqualTo("traced"));
                Assert.That(open.GetTagItem(ModelTelemetry.ExecutionProviderTag), Is.EqualTo("Cpu"));
                Assert.That(
                    children.Select(static span => (span.OperationName, span.Duration)),
                    Is.EqualTo(timeline.Steps.Select(static step => (PhaseNames.Span(step.Phase), step.Duration))));
                Assert.That(children.Select(static span => span.StartTimeUtc), Is.All.GreaterThanOrEqualTo(open.StartTimeUtc));
            }
        }
    }

    [Test]
    public async Task A_load_that_fails_says_so_in_its_span(CancellationToken token)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["broken.onnx"], "no model");
        using Spans spans = new();
        await using TestHost host = new(folder["cache"], m => m.AddModelFile("broken", folder["broken.onnx"]));
        using var caller = spans.Source.StartActivity("request")!;
        Assert.ThrowsAsync<ModelIntegrityException>(async () => await host.Models.GetAsync("broken", token));
        var open = spans.Named(ModelTelemetry.OpenSpan, caller.TraceId).Single();
        Assert.That((open.Status, open.GetTagItem("error.type")), Is.EqualTo((ActivityStatusCode.Error, nameof(ModelIntegrityException))));
    }

    [Test]
    public void Every_phase_has_a_name()
    {
        var names = Enum.GetValues<LoadPhase>().Select(PhaseNames.Span).ToList();
        Assert.That(names, Is.Unique);
        Assert.That(names, Is.SupersetOf(new[] { "model.resolve", "model.fetch", "model.verify", "model.prepare", "model.load", "model.warm" }));
    }

    /// <summary>Collects all spans; those of other tests are told apart by their trace.</summary>
    private sealed class Spans : IDisposable
    {
        private readonly ActivityListener _listener;
        private readonly ConcurrentQueue<Activity> _all = [];

        public Spans()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == ModelTelemetry.ActivitySourceName || source == Source,
                Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = _all.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public ActivitySource Source { get; } = new("the tests");

        public IEnumerable<Activity> All => _all;

        public IEnumerable<Activity> Named(string name, ActivityTraceId trace) => _all.Where(span => span.OperationName == name && span.TraceId == trace);

        public void Dispose()
        {
            _listener.Dispose();
            Source.Dispose();
        }
    }
}
