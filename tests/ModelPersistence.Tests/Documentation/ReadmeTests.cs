using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Documentation;

internal sealed class ReadmeTests
{
    [Test]
    public void The_quick_start_is_the_compiled_sample()
    {
        var sample = Between(Read("samples/QuickStart/Program.cs"), "// <quickstart>", "// </quickstart>");
        var readme = Between(Read("README.md"), "<!-- quickstart -->\n```csharp", "```\n<!-- /quickstart -->");
        Assert.That(readme.Trim(), Is.EqualTo(sample.Trim()), "Copy samples/QuickStart/Program.cs between its markers into README.md.");
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
