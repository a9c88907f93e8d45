using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Models;

namespace ModelPersistence.Runtime;

/// <summary>Turns tensors of documents into the runtime's and back.</summary>
internal static class GoldenInputs
{
    /// <exception cref="ModelIntegrityException">A tensor of the sample contradicts itself.</exception>
    /// <exception cref="ModelLoadException">The sample does not have the inputs that the model declares.</exception>
    public static ModelInputs Create(string model, InferenceSession session, GoldenSample sample)
    {
        List<OrtValue> values = [];
        try
        {
            foreach (var name in session.InputNames)
            {
                values.Add(sample.Inputs.TryGetValue(name, out var tensor)
                    ? Create(model, name, tensor)
                    : throw new ModelLoadException(LoadPhase.WarmUp, $"Model '{model}': a golden sample lacks the input '{name}'. Publish the version again with samples that name all inputs.") { Model = model });
            }

            return new ModelInputs(session.InputNames, values);
        }
        catch
        {
            values.ForEach(static value => value.Dispose());
            throw;
        }
    }

    public static OrtValue Create(string model, string name, TensorValue tensor)
    {
        var shape = tensor.Shape.ToArray();
        var count = ElementTypes.Count(shape);
        if (!ElementTypes.TryParse(tensor.ElementType, out var type) || count < 0)
        {
            throw Refuse(model, name, $"its element type '{ModelName.Printable(tensor.ElementType)}' or its shape [{string.Join(", ", shape)}] is not valid");
        }

        if (type == TensorElementType.String)
        {
            return tensor.Strings?.Count == count ? Strings(tensor.Strings, shape) : throw Refuse(model, name, $"it has {tensor.Strings?.Count ?? 0} strings for {count} elements");
        }

        if (tensor.Data is not { } data || data.Length != (Int128)count * ElementTypes.SizeOf(type))
        {
            throw Refuse(model, name, $"it has {tensor.Data?.Length ?? 0} bytes for {count} elements of {tensor.ElementType}");
        }

        var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, shape);
        data.CopyTo(value.GetTensorMutableRawData());
        return value;
    }

    /// <summary>A copy of a tensor.</summary>
    public static TensorValue Read(OrtValue value)
    {
        var info = value.GetTensorTypeAndShape();
        var name = ElementTypes.NameOf(info.ElementDataType);
        if (info.ElementDataType == TensorElementType.String)
        {
            return new TensorValue { ElementType = name, Shape = info.Shape, Strings = value.GetStringTensorAsArray() };
        }

        return new TensorValue { ElementType = name, Shape = info.Shape, Data = info.ElementCount == 0 ? [] : value.GetTensorMutableRawData().ToArray() };
    }

    private static OrtValue Strings(IReadOnlyList<string> strings, long[] shape)
    {
        var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (var i = 0; i < strings.Count; i++)
        {
            value.StringTensorSetElementAt(strings[i], i);
        }

        return value;
    }

    private static ModelIntegrityException Refuse(string model, string name, string problem) =>
        new($"Model '{model}': the golden tensor '{ModelName.Printable(name)}' is refused: {problem}. Publish the version again.") { Model = model, File = "manifest.json" };
}
