using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Runtime;

/// <summary>The inputs of a run, in the order of their names. Never changed once made, so many runs may share them; disposed by whoever made them.</summary>
internal sealed class ModelInputs(IReadOnlyList<string> names, IReadOnlyList<OrtValue> values) : IDisposable
{
    public IReadOnlyList<string> Names { get; } = names;

    public IReadOnlyList<OrtValue> Values { get; } = values;

    public void Dispose()
    {
        foreach (var value in Values)
        {
            value.Dispose();
        }
    }
}
