using System.Collections;
using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Serving;

/// <summary>The outputs of one run, by name. Disposing it frees their memory; spans taken from it are invalid afterwards.</summary>
/// <remarks>Safe for concurrent reading. They do not depend on the lease: it may be disposed first.</remarks>
public sealed class ModelOutputs : IReadOnlyList<OrtValue>, IDisposable
{
    private readonly string[] _names;
    private readonly IDisposableReadOnlyCollection<OrtValue> _values;
    private OrtValue[] _inputs = [];

    internal ModelOutputs(IReadOnlyCollection<string> names, IDisposableReadOnlyCollection<OrtValue> values) =>
        (_names, _values) = ([.. names], values);

    /// <summary>The names, in the order of the values.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <inheritdoc/>
    public int Count => _names.Length;

    /// <summary>The value at a position. Owned by this object.</summary>
    public OrtValue this[int index] => _values[index];

    /// <summary>The value of an output. Owned by this object.</summary>
    /// <exception cref="KeyNotFoundException">There is no such output; the message lists those there are.</exception>
    public OrtValue this[string name] => _values[IndexOf(name)];

    /// <summary>The elements of an output in row-major order, without copying.</summary>
    /// <typeparam name="T">The element type of the output, for example float or long.</typeparam>
    /// <exception cref="KeyNotFoundException">There is no such output.</exception>
    /// <exception cref="OnnxRuntimeException">The output is of another element type, or no numeric tensor.</exception>
    public ReadOnlySpan<T> Values<T>(string name)
        where T : unmanaged => this[name].GetTensorDataAsSpan<T>();

    /// <summary>The shape of an output.</summary>
    /// <exception cref="KeyNotFoundException">There is no such output.</exception>
    public long[] Shape(string name) => this[name].GetTensorTypeAndShape().Shape;

    /// <inheritdoc/>
    public IEnumerator<OrtValue> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Frees the outputs' memory.</summary>
    public void Dispose()
    {
        _values.Dispose();
        foreach (var input in _inputs)
        {
            input.Dispose();
        }
    }

    /// <summary>Takes the inputs over where one of them may be an output's memory.</summary>
    internal bool TryOwn(string[] names, OrtValue[] inputs)
    {
        foreach (var name in names)
        {
            if (Array.IndexOf(_names, name) >= 0)
            {
                _inputs = inputs;
                return true;
            }
        }

        return false;
    }

    private int IndexOf(string name)
    {
        var index = Array.IndexOf(_names, name);
        return index >= 0 ? index : throw new KeyNotFoundException($"There is no output '{name}'; there are: {string.Join(", ", _names)}.");
    }
}
