using ModelPersistence.Download.Harness;

namespace ModelPersistence.Download.Reporting;

/// <summary>What a bar is judged by.</summary>
internal sealed record Figure(string Name, Func<Measurement, double> Of);
