using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPersistence.Runtime;

/// <summary>Wraps managed arrays as runtime values without copying (strings excepted).</summary>
internal static class TensorFactory
{
    /// <exception cref="ArgumentException">The element type is none the runtime knows, or the shape does not fit the number of elements.</exception>
    public static OrtValue Create(string name, Array data, long[] shape)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(shape);
        long count = 1;
        foreach (var dimension in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dimension, nameof(shape));
            if (dimension > 0 && count > long.MaxValue / dimension)
            {
                throw new ArgumentException($"The shape [{string.Join(", ", shape)}] of input '{name}' has more elements than can be counted.", nameof(shape));
            }

            count *= dimension;
        }

        if (count != data.LongLength)
        {
            throw new ArgumentException($"Input '{name}' has {data.LongLength} elements, its shape [{string.Join(", ", shape)}] wants {count}.", nameof(shape));
        }

        return data switch
        {
            float[] values => OrtValue.CreateTensorValueFromMemory(values, shape),
            long[] values => OrtValue.CreateTensorValueFromMemory(values, shape),
            int[] values => OrtValue.CreateTensorValueFromMemory(values, shape),
            double[] values => OrtValue.CreateTensorValueFromMemory(values, shape),
            bool[] values => OrtValue.CreateTensorValueFromMemory(values, shape),
            byte[] values => OrtValue.CreateTensorValueFromMemory(values, shape),
            sbyte[] values => OrtValue.CreateTensorValueFromMemory(values, shape),
            short[] values => OrtValue.CreateTensorValueFromMemory(values, shape),
            ushort[] values => OrtValue.CreateTensorValueFromMemory(values, shape),
            uint[] values => OrtValue.CreateTensorValueFromMemory(values, shape),
            ulong[] values => OrtValue.CreateTensorValueFromMemory(values, shape),
            Float16[] values => OrtValue.CreateTensorValueFromMemory(values, shape),
            BFloat16[] values => OrtValue.CreateTensorValueFromMemory(values, shape),
            string[] values => OrtValue.CreateFromStringTensor(new DenseTensor<string>(values, [.. shape.Select(static d => checked((int)d))])),
            _ => throw new ArgumentException(
                $"Input '{name}' is an array of {data.GetType().GetElementType()}: float, double, the integer types, bool, string, Float16 and BFloat16 are supported. Use Run with OrtValues for others.",
                nameof(data)),
        };
    }
}
