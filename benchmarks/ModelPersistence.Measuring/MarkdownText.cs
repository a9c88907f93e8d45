using System.Text;

namespace ModelPersistence.Measuring;

/// <summary>A Markdown document that grows. What is added is shown at once.</summary>
internal sealed class MarkdownText
{
    private readonly StringBuilder _text = new();

    public void Heading(string text, int level = 2) => Add($"{new string('#', level)} {text}\n");

    public void Note(string text) => Add($"{text}\n");

    public void Table(IReadOnlyList<string> head, IEnumerable<IEnumerable<string>> rows)
    {
        Add($"|{string.Concat(head.Select(static cell => cell.Length == 0 ? " |" : $" {cell} |"))}");
        Add($"|{string.Concat(head.Select(static _ => "---|"))}");
        foreach (var row in rows)
        {
            Add($"|{string.Concat(row.Select(static cell => $" {cell} |"))}");
        }

        Add("");
    }

    public override string ToString() => _text.ToString();

    private void Add(string line)
    {
        _text.Append(line).Append('\n');
        Console.WriteLine(line);
    }
}
