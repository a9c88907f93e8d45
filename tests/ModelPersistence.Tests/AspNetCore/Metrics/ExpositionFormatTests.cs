using Microsoft.AspNetCore.Http;
using ModelPersistence.AspNetCore.Metrics;

namespace ModelPersistence.Tests.AspNetCore.Metrics;

internal sealed class ExpositionFormatTests
{
    [TestCase(null, false)]
    [TestCase("*/*", false)]
    [TestCase("text/html,application/xhtml+xml,*/*;q=0.8", false)]
    [TestCase("text/plain", false)]
    [TestCase("not a type, ;;", false)]
    [TestCase("application/openmetrics-text", true)]
    [TestCase("Application/OpenMetrics-Text; version=\"1.0.0\"", true)]
    [TestCase("text/plain, application/openmetrics-text", true)]
    [TestCase("application/openmetrics-text;version=0.0.1", false)]
    [TestCase("application/openmetrics-text;q=0", false)]
    [TestCase("application/openmetrics-text;q=0.3,text/plain;q=0.9", false)]
    [TestCase("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true)]
    [TestCase("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", true)]
    public void A_client_gets_the_format_that_it_likes_best(string? accept, bool openMetrics)
    {
        DefaultHttpContext context = new();
        context.Request.Headers.Accept = accept;
        Assert.That(ExpositionFormat.For(context.Request), Is.SameAs(openMetrics ? ExpositionFormat.OpenMetrics : ExpositionFormat.Classic));
    }
}
