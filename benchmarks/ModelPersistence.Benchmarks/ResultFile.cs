using System.Globalization;
using System.Reflection;
using System.Text;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Benchmarks;

/// <summary>Writes a suite's table to <c>benchmarks/results</c>, with the question it answers and the machine it was asked on.</summary>
internal static class ResultFile
{
    public static void Write(Summary summary)
    {
        if (Folder() is not { } folder || summary.BenchmarksCases is not [var first, ..])
        {
            return;
        }

        var suite = first.Descriptor.Type;
        var table = new TextLogger();
        MarkdownExporter.GitHub.ExportToLog(summary, table);
        Directory.CreateDirectory(folder);
        File.WriteAllText(
            Path.Combine(folder, $"{suite.GetCustomAttribute<QuestionAttribute>()!.File}.md"),
            string.Create(CultureInfo.InvariantCulture, $"""
                # {suite.Name}

                {suite.GetCustomAttribute<QuestionAttribute>()!.Text}

                Measured {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm 'UTC'} by `dotnet run -c Release --project benchmarks/ModelPersistence.Benchmarks -- --filter '*{suite.Name}*'`,
                ONNX Runtime {OrtEnv.Instance().GetVersionString()}, {Memory():0.0} GiB RAM.

                {table.ToString().Trim()}

                """));
    }

    private static double Memory() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024.0 / 1024 / 1024;

    private static string? Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ModelPersistence.sln")))
            {
                return Path.Combine(folder.FullName, "benchmarks", "results");
            }
        }

        return null;
    }

    private sealed class TextLogger : ILogger
    {
        private readonly StringBuilder _text = new();

        public string Id => nameof(TextLogger);

        public int Priority => 0;

        public void Write(LogKind logKind, string text) => _text.Append(text);

        public void WriteLine() => _text.Append('\n');

        public void WriteLine(LogKind logKind, string text) => _text.Append(text).Append('\n');

        public void Flush()
        {
        }

        public override string ToString() => _text.ToString().ReplaceLineEndings("\n");
    }
}
