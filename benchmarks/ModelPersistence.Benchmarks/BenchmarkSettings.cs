using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;

namespace ModelPersistence.Benchmarks;

/// <summary>
/// What all suites share. They run in this process (each suite names the in-process toolchain in its job): a generated project would need
/// the local feed and the central versions, and the questions asked here do not need a process of their own. Fresh processes are the
/// subject of ModelPersistence.ColdStart.
/// </summary>
internal sealed class BenchmarkSettings : ManualConfig
{
    public BenchmarkSettings()
    {
        AddLogger(ConsoleLogger.Default);
        AddExporter(MarkdownExporter.GitHub);
        AddColumnProvider(DefaultColumnProviders.Instance);
        WithSummaryStyle(SummaryStyle.Default.WithRatioStyle(RatioStyle.Value));
    }
}
