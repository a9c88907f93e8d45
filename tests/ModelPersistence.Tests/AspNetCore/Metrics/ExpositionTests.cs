using System.Globalization;

namespace ModelPersistence.Tests.AspNetCore.Metrics;

/// <summary>The pages as scrapers read them, to the letter.</summary>
internal sealed class ExpositionTests
{
    [Test]
    public void A_counter_is_named_by_its_suffix_in_the_classic_format_and_without_it_in_OpenMetrics()
    {
        using ScrapedMeter meter = new();
        var bytes = meter.Meter.CreateCounter<long>("model.download.io", "By", "Bytes.");
        bytes.Add(3, new("model", "add"), new("kind", "remote"));
        bytes.Add(4, new("model", "add"), new("kind", "remote"));
        bytes.Add(5, new("model", "add"), new("kind", "reused"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(meter.Classic, Is.EqualTo(
                """
                # HELP model_download_io_bytes_total Bytes.
                # TYPE model_download_io_bytes_total counter
                model_download_io_bytes_total{model="add",kind="remote"} 7
                model_download_io_bytes_total{model="add",kind="reused"} 5

                """));
            Assert.That(meter.OpenMetrics, Is.EqualTo(
                """
                # HELP model_download_io_bytes Bytes.
                # TYPE model_download_io_bytes counter
                # UNIT model_download_io_bytes bytes
                model_download_io_bytes_total{model="add",kind="remote"} 7
                model_download_io_bytes_total{model="add",kind="reused"} 5
                # EOF

                """));
        }
    }

    [Test]
    public void The_buckets_of_a_histogram_add_up_and_their_bounds_belong_to_them()
    {
        using ScrapedMeter meter = new();
        var times = meter.Histogram("model.load.duration", 0.5, 1);
        foreach (var value in new[] { 0.25, 0.5, 0.75, 1, 8, double.NaN })
        {
            times.Record(value, new KeyValuePair<string, object?>("model", "add"));
        }

        const string Classic =
            """
            # HELP model_load_duration_seconds Times.
            # TYPE model_load_duration_seconds histogram
            model_load_duration_seconds_bucket{model="add",le="0.5"} 2
            model_load_duration_seconds_bucket{model="add",le="1"} 4
            model_load_duration_seconds_bucket{model="add",le="+Inf"} 5
            model_load_duration_seconds_sum{model="add"} 10.5
            model_load_duration_seconds_count{model="add"} 5

            """;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(meter.Classic, Is.EqualTo(Classic));
            Assert.That(meter.OpenMetrics, Is.EqualTo(Classic
                .Replace(" histogram\n", " histogram\n# UNIT model_load_duration_seconds seconds\n", StringComparison.Ordinal)
                .Replace("le=\"1\"", "le=\"1.0\"", StringComparison.Ordinal) + "# EOF\n"));
        }
    }

    [Test]
    public void Whatever_text_a_label_or_a_help_has_stays_on_its_line()
    {
        using ScrapedMeter meter = new();
        meter.Meter.CreateCounter<long>("model.x", null, "a \"b\"\n\\").Add(1, new KeyValuePair<string, object?>("model", "q\"\\\nü{}"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(meter.Classic, Does.Contain("# HELP model_x_total a \"b\"\\n\\\\\n").And.Contain("model_x_total{model=\"q\\\"\\\\\\nü{}\"} 1\n"));
            Assert.That(meter.OpenMetrics, Does.Contain("# HELP model_x a \\\"b\\\"\\n\\\\\n").And.Contain("model_x_total{model=\"q\\\"\\\\\\nü{}\"} 1\n"));
        }
    }

    [Test]
    public void Numbers_are_written_alike_everywhere()
    {
        // The test's own: the runner gives every test its culture anew.
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        CultureInfo.CurrentCulture = culture;
        using ScrapedMeter meter = new();
        double value = 0;
        meter.Meter.CreateObservableGauge("model.y", () => value);
        foreach (var (given, expected) in new[] { (1234.5, "1234.5"), (double.PositiveInfinity, "+Inf"), (double.NegativeInfinity, "-Inf"), (double.NaN, "NaN"), (-0.00001, "-1E-05") })
        {
            value = given;
            Assert.That(meter.Classic, Does.Contain($"\nmodel_y {expected}\n").Or.StartsWith($"# TYPE model_y gauge\nmodel_y {expected}\n"), given.ToString(CultureInfo.InvariantCulture));
        }
    }

    [Test]
    public void A_gauge_says_only_what_is_there_now()
    {
        using ScrapedMeter meter = new();
        string[] models = ["a", "b"];
        meter.Meter.CreateObservableGauge("model.z", () => models.Select(static model => new System.Diagnostics.Metrics.Measurement<long>(1, new KeyValuePair<string, object?>("model", model))));
        Assert.That(meter.Classic, Does.Contain("model_z{model=\"a\"} 1").And.Contain("model_z{model=\"b\"} 1"));
        models = ["b"];
        Assert.That(meter.Classic, Is.EqualTo("# TYPE model_z gauge\nmodel_z{model=\"b\"} 1\n"));
    }

    [Test]
    public void A_gauge_that_fails_leaves_the_others_there()
    {
        using ScrapedMeter meter = new();
        meter.Meter.CreateObservableGauge("model.a", static long () => throw new InvalidOperationException("no"));
        meter.Meter.CreateObservableGauge("model.b", static () => 1);
        meter.Meter.CreateObservableGauge("model.c", static () => 2L);
        Assert.That(meter.Classic, Is.EqualTo("# TYPE model_c gauge\nmodel_c 2\n"), "a fails; b is of a type that no instrument of the library has");
        Assert.That(meter.Log.Messages, Has.Some.Contains("could not be observed"));
    }
}
