using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Documentation;

internal sealed class ReadmeTests
{
    [TestCase("quickstart", "samples/QuickStart/Program.cs")]
    [TestCase("production", "tests/ModelPersistence.Tests/Documentation/ReadmeSnippets.cs")]
    [TestCase("publishing", "tests/ModelPersistence.Tests/Documentation/ReadmeSnippets.cs")]
    public void A_snippet_of_the_readme_is_compiled_code(string name, string source)
    {
        var compiled = Unindented(Between(Read(source), $"// <{name}>\n", $"// </{name}>"));
        var shown = Between(Read("README.md"), $"<!-- {name} -->\n```csharp\n", $"```\n<!-- /{name} -->");
        Assert.That(shown.Trim(), Is.EqualTo(compiled), $"Copy {source} between its markers into README.md.");
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
