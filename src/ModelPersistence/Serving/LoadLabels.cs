using ModelPersistence.Telemetry;

namespace ModelPersistence.Serving;

/// <summary>What the steps of a load are counted under.</summary>
internal sealed record LoadLabels(string Model, string StorageProvider, string ExecutionProvider)
{
    public void Record(ModelMetrics? metrics, string phase, TimeSpan duration) => metrics?.LoadStep(Model, StorageProvider, ExecutionProvider, phase, duration);
}
