using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.AspNetCore.Metrics;

/// <summary>Metrics through a real web host.</summary>
[CancelAfter(60_000)]
internal sealed class ModelMetricsTests
{
    private const string Successes = "model_inference_total{model=\"add\",version=\"0.0.0\",outcome=\"success\"} ";
    private const string Timed = "model_inference_latency_seconds_count{model=\"add\",version=\"0.0.0\"} ";

    [Test]
    public async Task What_ran_before_the_first_scrape_and_between_scrapes_is_counted(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();
        await server.FullyReadyAsync(cancellationToken);
        await RunAsync(server, 3);
        var first = (await server.GetAsync("metrics/models")).Body;
        await RunAsync(server, 2);
        var second = (await server.GetAsync("metrics/models")).Body;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Value(first, Successes), Is.EqualTo(3));
            Assert.That(Value(first, Timed), Is.EqualTo(3));
            Assert.That(Value(second, Successes), Is.EqualTo(5));
            Assert.That(Value(second, Timed), Is.EqualTo(5));
            Assert.That(Value(second, "model_health_status{model=\"add\",version=\"0.0.0\"} "), Is.EqualTo(1));
            Assert.That(Value(second, "model_memory_usage_bytes{model=\"add\",version=\"0.0.0\",kind=\"private\"} "), Is.GreaterThan(0));
            Assert.That(second, Does.Match("(?m)^model_load_duration_seconds_count\\{model=\"add\",.*phase=\"total\"} 1$"));
        }
    }

    [Test]
    public async Task A_scraper_gets_the_format_it_asks_for_and_nothing_is_cached()
    {
        await using var server = await StartAsync();
        var classic = await server.GetAsync("metrics/models");
        var open = await server.GetAsync("metrics/models", ("Accept", "application/openmetrics-text; version=1.0.0"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(classic.ContentType, Is.EqualTo("text/plain; version=0.0.4; charset=utf-8"));
            Assert.That(open.ContentType, Is.EqualTo("application/openmetrics-text; version=1.0.0; charset=utf-8"));
            Assert.That(open.Body, Does.EndWith("\n# EOF\n"));
            Assert.That(classic.Headers.CacheControl?.NoStore, Is.True);
            Assert.That(classic.Headers.Vary, Is.EqualTo(new[] { "Accept" }));
            Assert.That((await server.SendAsync(HttpMethod.Head, "metrics/models")).Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That((await server.SendAsync(HttpMethod.Post, "metrics/models")).Status, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        }
    }

    [Test]
    public void Without_model_management_the_mapping_says_what_is_missing()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        var app = builder.Build();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => app.MapModelMetrics(), Throws.InvalidOperationException.With.Message.Contains("AddModelManagement"));
            Assert.That(() => app.MapModelHealth(), Throws.InvalidOperationException.With.Message.Contains("AddModelManagement"));
            Assert.That(() => app.MapModelStatus(), Throws.InvalidOperationException.With.Message.Contains("AddModelManagement"));
        }
    }

    private static Task<InferenceServer> StartAsync() => InferenceServer.StartAsync(
        static (models, folder) => models.AddSaved(folder, "add", TestModels.Add(width: 2)), middleware: static app => app.MapModelMetrics());

    private static async Task RunAsync(InferenceServer server, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.That((await server.InferAsync("add", ProtocolModels.Request("FP32", "[1,2]", "[1,2]"))).Status, Is.EqualTo(HttpStatusCode.OK));
        }
    }

    private static double Value(string page, string series) =>
        double.Parse(page.Split('\n').Single(line => line.StartsWith(series, StringComparison.Ordinal))[series.Length..], CultureInfo.InvariantCulture);
}
