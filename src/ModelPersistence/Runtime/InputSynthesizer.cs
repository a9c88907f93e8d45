using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Models;

namespace ModelPersistence.Runtime;

/// <summary>Makes inputs for a model from its own signature and the hints: the same for every session of the model, on every machine.</summary>
internal static class InputSynthesizer
{
    private const long MaxInputBytes = 1L << 30;

    /// <exception cref="ModelLoadException">An input cannot be made; the message names the hint to give.</exception>
    public static ModelInputs Create(string model, InferenceSession session, WarmupHints? hints)
    {
        List<OrtValue> values = new(session.InputNames.Count);
        try
        {
            foreach (var name in session.InputNames)
            {
                values.Add(CreateInput(model, name, session.InputMetadata[name], hints));
            }

            return new ModelInputs(session.InputNames, values);
        }
        catch
        {
            values.ForEach(static value => value.Dispose());
            throw;
        }
    }

    private static OrtValue CreateInput(string model, string name, NodeMetadata input, WarmupHints? hints)
    {
        var hint = hints?.Inputs?.GetValueOrDefault(name);
        if (!input.IsTensor)
        {
            throw Cannot(model, name, $"it is of the kind {input.OnnxValueType}, and only tensors can be made up",
                "Add golden samples that do not need it, or set the warm-up's iterations to 0");
        }

        var shape = ShapeOf(model, name, input, hint, hints);
        var count = ElementTypes.Count(shape);
        if (input.ElementDataType == TensorElementType.String)
        {
            return CreateStrings(model, name, shape, count, hint);
        }

        var type = input.ElementDataType;
        var size = ElementTypes.SizeOf(type);
        if (size == 0)
        {
            throw Cannot(model, name, $"its element type ({ElementTypes.NameOf(type)}) has no counterpart in .NET", "Set the warm-up's iterations to 0");
        }

        if (count < 0 || count > MaxInputBytes / size)
        {
            throw Cannot(model, name, $"its shape [{string.Join(", ", shape)}] takes more than {MaxInputBytes} bytes", "Give it a smaller shape");
        }

        if (hint?.Strings is not null)
        {
            throw Cannot(model, name, $"its hint gives strings, its elements are of {ElementTypes.NameOf(type)}", "Give 'values' instead");
        }

        CheckCount(model, name, hint?.Values?.Count, count);
        var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, shape);
        var data = value.GetTensorMutableRawData();
        for (var i = 0; i < count; i++)
        {
            var number = hint?.Values is { } given ? given[i % given.Count] : TensorFiller.MadeUp(type, i);
            TensorFiller.Write(data.Slice(i * size, size), type, number);
        }

        return value;
    }

    private static OrtValue CreateStrings(string model, string name, long[] shape, long count, InputHint? hint)
    {
        if (hint?.Values is not null)
        {
            throw Cannot(model, name, "its hint gives numbers, its elements are strings", "Give 'strings' instead");
        }

        if (count is < 0 or > 1 << 20)
        {
            throw Cannot(model, name, $"its shape [{string.Join(", ", shape)}] holds too many strings", "Give it a smaller shape");
        }

        CheckCount(model, name, hint?.Strings?.Count, count);
        var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (var i = 0; i < count; i++)
        {
            value.StringTensorSetElementAt(hint?.Strings is { } given ? given[i % given.Count] : "a", i);
        }

        return value;
    }

    private static long[] ShapeOf(string model, string name, NodeMetadata input, InputHint? hint, WarmupHints? hints)
    {
        var declared = input.Dimensions;
        var given = hint?.Shape;
        if (given is not null && declared.Length > 0 && given.Count != declared.Length)
        {
            throw Cannot(model, name, $"its hint has {given.Count} dimensions, the model declares {declared.Length}", "Give a shape of the declared rank");
        }

        var shape = given?.ToArray() ?? new long[declared.Length];
        for (var i = 0; i < shape.Length; i++)
        {
            var fixedSize = i < declared.Length && declared[i] >= 0 ? declared[i] : -1;
            if (given is null)
            {
                var symbol = i < input.SymbolicDimensions.Length ? input.SymbolicDimensions[i] : "";
                shape[i] = fixedSize >= 0 ? fixedSize : hints?.Dimensions?.TryGetValue(symbol, out var size) == true ? size : 1;
            }

            if (shape[i] < 0 || (fixedSize >= 0 && shape[i] != fixedSize))
            {
                throw Cannot(model, name, $"dimension {i} is given as {shape[i]}, the model declares {(fixedSize >= 0 ? fixedSize : "a size of at least 0")}", "Correct the shape or the dimension");
            }
        }

        return shape;
    }

    private static void CheckCount(string model, string name, int? given, long count)
    {
        if (given is { } values && (values > count || (values == 0 && count > 0)))
        {
            throw Cannot(model, name, $"its hint gives {values} values for a shape of {count} elements", "Give as many values as the shape holds, or fewer to have them repeated");
        }
    }

    private static ModelLoadException Cannot(string model, string input, string cause, string remedy) =>
        new(LoadPhase.WarmUp, $"Model '{model}': input '{input}' for the warm-up cannot be made, because {cause}. {remedy}: {WarmupAdvice.Where(model, input)}.") { Model = model };
}
