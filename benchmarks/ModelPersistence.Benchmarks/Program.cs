using BenchmarkDotNet.Running;
using ModelPersistence.Benchmarks;

// dotnet run -c Release --project benchmarks/ModelPersistence.Benchmarks -- --filter '*'
var summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, new BenchmarkSettings()).ToList();
foreach (var summary in summaries)
{
    ResultFile.Write(summary);
}

return summaries.Count > 0 && summaries.All(static summary => summary.Reports.Length > 0 && !summary.HasCriticalValidationErrors) ? 0 : 1;
