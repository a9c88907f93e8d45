using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Documentation;

internal sealed class ReadmeTests
{
    private const string AlertSnippets = "tests/ModelPersistence.Tests/Documentation/AlertSnippets.cs";
    private const string InferenceProtocolSnippets = "tests/ModelPersistence.Tests/Documentation/InferenceProtocolSnippets.cs";
    private const string PublishingSnippets = "tests/ModelPersistence.Tests/Documentation/PublishingSnippets.cs";
    private const string StorageSnippets = "tests/ModelPersistence.Tests/Documentation/StorageSnippets.cs";
    private const string SwappingSnippets = "tests/ModelPersistence.Tests/Documentation/SwappingSnippets.cs";
    private const string Snippets = "tests/ModelPersistence.Tests/Documentation/ReadmeSnippets.cs";

    [TestCase("README.md", "quickstart", "samples/QuickStart/Program.cs")]
    [TestCase("README.md", "production", Snippets)]
    [TestCase("README.md", "publishing", Snippets)]
    [TestCase("docs/repositories.md", "remote", Snippets)]
    [TestCase("docs/publishing.md", "publish", PublishingSnippets)]
    [TestCase("docs/publishing.md", "aliases", PublishingSnippets)]
    [TestCase("docs/publishing.md", "split", PublishingSnippets)]
    [TestCase("docs/publishing.md", "copy", PublishingSnippets)]
    [TestCase("docs/publishing.md", "manage", PublishingSnippets)]
    [TestCase("docs/storage.md", "limit", StorageSnippets)]
    [TestCase("docs/storage.md", "cleanup", StorageSnippets)]
    [TestCase("docs/inference-protocol.md", "map", InferenceProtocolSnippets)]
    [TestCase("docs/inference-protocol.md", "options", InferenceProtocolSnippets)]
    [TestCase("docs/endpoints.md", "map", "tests/ModelPersistence.Tests/Documentation/EndpointSnippets.cs")]
    [TestCase("docs/memory.md", "memory", "tests/ModelPersistence.Tests/Documentation/MemorySnippets.cs")]
    [TestCase("docs/swapping.md", "refresh", SwappingSnippets)]
    [TestCase("docs/swapping.md", "follow", SwappingSnippets)]
    [TestCase("docs/swapping.md", "split", SwappingSnippets)]
    [TestCase("docs/swapping.md", "validation", SwappingSnippets)]
    [TestCase("docs/swapping.md", "rollback", SwappingSnippets)]
    [TestCase("docs/swapping.md", "providers", SwappingSnippets)]
    [TestCase("docs/alerts.md", "alerts", AlertSnippets)]
    [TestCase("docs/alerts.md", "sink", AlertSnippets)]
    [TestCase("docs/alerts.md", "trends", AlertSnippets)]
    [TestCase("docs/alerts.md", "verify", AlertSnippets)]
    [TestCase("docs/telemetry.md", "telemetry", "tests/ModelPersistence.Tests/Documentation/TelemetrySnippets.cs")]
    [TestCase("docs/s3.md", "s3", "tests/ModelPersistence.Tests/Documentation/S3Snippets.cs")]
    public void A_snippet_of_the_documents_is_compiled_code(string document, string name, string source)
    {
        var compiled = Unindented(Between(Read(source), $"// <{name}>\n", $"// </{name}>"));
        var shown = Between(Read(document), $"<!-- {name} -->\n```csharp\n", $"```\n<!-- /{name} -->");
        Assert.That(shown.Trim(), Is.EqualTo(compiled), $"Copy {source} between its markers into {document}.");
    }

    private static string Unindented(string code)
    {
        var lines = code.TrimEnd().Split('\n');
        var indent = lines.Where(static line => line.Trim().Length > 0).Min(static line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > indent ? line[indent..] : line.Trim()));
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(SourceTree.Root, path)).ReplaceLineEndings("\n");

    private static string Between(string text, string begin, string end)
    {
        var from = text.IndexOf(begin, StringComparison.Ordinal);
        var to = text.IndexOf(end, StringComparison.Ordinal);
        Assert.That(from, Is.GreaterThanOrEqualTo(0).And.LessThan(to), $"The markers '{begin}' and '{end}' are expected.");
        return text[(from + begin.Length)..to];
    }
}
