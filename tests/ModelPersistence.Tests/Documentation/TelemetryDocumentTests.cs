using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelPersistence.Diagnostics;
using ModelPersistence.Models;
using ModelPersistence.Telemetry;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Documentation;

/// <summary>The tables of docs/telemetry.md are made from the code. With MODELPERSISTENCE_ACCEPT_DOCS=1 they are written anew.</summary>
[CancelAfter(60_000)]
internal sealed class TelemetryDocumentTests
{
    private static readonly string DocumentPath = Path.Combine(SourceTree.Root, "docs", "telemetry.md");

    [Test]
    public async Task The_table_of_instruments_is_that_of_a_host(CancellationToken token)
    {
        using TemporaryFolder folder = new();
        TestModels.Add(1).Save(folder["add.onnx"]);
        await using var host = await TestHost.StartedAsync(folder["cache"], m => m.AddModelFile("add", folder["add.onnx"]));
        await host.SettledAsync(token);
        using RecordedMetrics metrics = new(host);
        List<string> rows = ["| Instrument | Kind | Unit | Exported as | What it tells | Bounds |", "|---|---|---|---|---|---|"];
        foreach (var instrument in metrics.Instruments.OrderBy(static instrument => instrument.Name, StringComparer.Ordinal))
        {
            rows.Add($"| `{instrument.Name}` | {KindOf(instrument)} | {instrument.Unit ?? ""} | `{ExportedName(instrument)}` | {Meaning(instrument.Name)} | {BoundsOf(instrument)} |");
        }

        Hold("instruments", rows);
        var promised = typeof(ModelTelemetry).GetFields().Where(static field => field.Name is not ("MeterName" or "ActivitySourceName" or "OpenSpan") && !field.Name.EndsWith("Tag", StringComparison.Ordinal));
        Assert.That(metrics.Instruments.Select(static instrument => instrument.Name), Is.EquivalentTo(promised.Select(static field => (string)field.GetRawConstantValue()!)));
    }

    [Test]
    public void The_table_of_spans_is_that_of_the_phases()
    {
        var documentation = Summaries("ModelPersistence");
        Hold("spans", [
            "| Span | `phase` | What it is |",
            "|---|---|---|",
            .. Enum.GetValues<LoadPhase>().Select(phase => $"| `{PhaseNames.Span(phase)}` | `{PhaseNames.Tag(phase)}` | {documentation[$"F:{typeof(LoadPhase).FullName}.{phase}"]} |"),
        ]);
    }

    [Test]
    public void The_table_of_health_is_that_of_its_records()
    {
        var documentation = Summaries("ModelPersistence");
        List<string> rows = ["| Field | What it says |", "|---|---|"];
        Collect(typeof(ModelHealthReport), "");
        Hold("health", rows);

        void Collect(Type type, string prefix)
        {
            foreach (var property in type.GetProperties().Where(static property => property.GetCustomAttribute<JsonPropertyNameAttribute>() is not null))
            {
                var name = prefix + property.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name;
                rows.Add($"| `{name}` | {documentation.GetValueOrDefault($"P:{type.FullName}.{property.Name}", "")} |");
                if (property.PropertyType.Namespace == typeof(ModelHealthReport).Namespace)
                {
                    Collect(property.PropertyType, name + ".");
                }
                else if (property.PropertyType == typeof(IReadOnlyDictionary<string, ModelHealthEntry>))
                {
                    Collect(typeof(ModelHealthEntry), name + ".*.");
                }
            }
        }
    }

    [Test]
    public void The_table_of_log_events_is_that_of_the_code_and_no_id_is_used_twice()
    {
        var events = new[] { "ModelPersistence", "ModelPersistence.Aws", "ModelPersistence.AspNetCore" }
            .SelectMany(static assembly => Assembly.Load(assembly).GetTypes())
            .SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(static method => (Method: method, Event: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(static found => found.Event is not null)
            .Select(static found => (found.Event!.EventId, Name: found.Event.EventName ?? found.Method.Name, found.Event.Level, found.Event.Message))
            .OrderBy(static found => found.EventId)
            .ToList();
        Assert.That(events.Select(static found => found.EventId), Is.Unique);
        Hold("events", [
            "| Id | Name | Level | Message |",
            "|---|---|---|---|",
            .. events.Select(static found => $"| {found.EventId} | {found.Name} | {found.Level} | {found.Message!.Replace("|", "\\|", StringComparison.Ordinal)} |"),
        ]);
    }

    private static void Hold(string table, IEnumerable<string> rows)
    {
        var document = File.ReadAllText(DocumentPath).ReplaceLineEndings("\n");
        var (begin, end) = ($"<!-- {table} -->\n", $"<!-- /{table} -->");
        var from = document.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = document.IndexOf(end, StringComparison.Ordinal);
        var made = string.Concat(rows.Select(static row => row + "\n"));
        if (Environment.GetEnvironmentVariable("MODELPERSISTENCE_ACCEPT_DOCS") == "1")
        {
            File.WriteAllText(DocumentPath, document[..from] + made + document[to..]);
            return;
        }

        Assert.That(document[from..to], Is.EqualTo(made), $"docs/telemetry.md is out of date: run the tests once with MODELPERSISTENCE_ACCEPT_DOCS=1 and look at what changed.");
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] is var name && name.StartsWith("Observable", StringComparison.Ordinal) ? name["Observable".Length..].ToLowerInvariant() : name.ToLowerInvariant();

    private static string ExportedName(Instrument instrument)
    {
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        return instrument.Name.Replace('.', '_') + unit + (KindOf(instrument) == "counter" ? "_total" : "");
    }

    private static string BoundsOf(Instrument instrument) =>
        instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } ? string.Join(' ', bounds.Select(static bound => bound.ToString(System.Globalization.CultureInfo.InvariantCulture))) : "";

    /// <summary>What the constant's own documentation says, without the kind and the unit, which have columns of their own.</summary>
    private static string Meaning(string instrument)
    {
        var field = typeof(ModelTelemetry).GetFields().Single(field => (string)field.GetRawConstantValue()! == instrument);
        return Summaries("ModelPersistence")[$"F:{typeof(ModelTelemetry).FullName}.{field.Name}"];
    }

    private static Dictionary<string, string> Summaries(string assembly) => System.Xml.Linq.XDocument
        .Load(Path.Combine(AppContext.BaseDirectory, $"{assembly}.xml"))
        .Descendants("member")
        .Where(static member => member.Element("summary") is not null)
        .ToDictionary(static member => member.Attribute("name")!.Value, static member => Text(member.Element("summary")!));

    private static string Text(System.Xml.Linq.XElement summary) => string.Join(' ', string.Concat(summary.Nodes().Select(static node => node switch
    {
        System.Xml.Linq.XText text => text.Value,
        System.Xml.Linq.XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        System.Xml.Linq.XElement { Name.LocalName: "see" or "paramref" } reference => $"`{(reference.Attribute("cref") ?? reference.Attribute("name"))!.Value.Split('.')[^1]}`",
        _ => "",
    })).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
