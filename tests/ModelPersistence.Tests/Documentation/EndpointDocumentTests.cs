using System.Text.Json;
using System.Text.RegularExpressions;
using ModelPersistence.AspNetCore.Metrics;
using ModelPersistence.Tests.AspNetCore.Endpoints;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Documentation;

/// <summary>Holds docs/endpoints.md to the code.</summary>
internal sealed partial class EndpointDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "endpoints.md")).ReplaceLineEndings("\n");

    [Test]
    public async Task Every_field_of_the_status_stands_in_the_table()
    {
        List<string> fields = [];
        Collect(await ModelStatusTests.AnswerAsync(""), "", fields);
        var section = Document[Document.IndexOf("### Status", StringComparison.Ordinal)..Document.IndexOf("### Metrics", StringComparison.Ordinal)];
        Assert.That(Row().Matches(section).Select(static row => row.Groups[1].Value), Is.EqualTo(fields.Distinct()));
    }

    [Test]
    public void The_bound_of_series_is_that_of_the_code() => Assert.That(Document, Does.Contain($"at most {MetricFamily.MostSeries} series"));

    private static void Collect(JsonElement value, string path, List<string> fields)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in value.EnumerateObject())
            {
                Collect(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}", fields);
            }
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            Assert.That(value.GetArrayLength(), Is.GreaterThan(0), path);
            foreach (var element in value.EnumerateArray())
            {
                Collect(element, $"{path}[]", fields);
            }
        }
        else
        {
            fields.Add(path);
        }
    }

    [GeneratedRegex(@"^\| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
