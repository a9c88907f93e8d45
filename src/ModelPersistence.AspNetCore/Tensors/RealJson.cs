using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>
/// Floating-point numbers in the shortest form that reads back as the same number. JSON has no numbers that are not finite: they are the
/// strings <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, as in the JSON of protocol buffers.
/// </summary>
internal readonly struct RealJson : IElementJson<float>, IElementJson<double>, IElementJson<Float16>, IElementJson<BFloat16>
{
    public static void Write(Utf8JsonWriter writer, float value)
    {
        if (float.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            WriteNotFinite(writer, value);
        }
    }

    public static void Write(Utf8JsonWriter writer, double value)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            WriteNotFinite(writer, value);
        }
    }

    public static void Write(Utf8JsonWriter writer, Float16 value) => Write(writer, (float)value);

    public static void Write(Utf8JsonWriter writer, BFloat16 value) => Write(writer, (float)value);

    private static void WriteNotFinite(Utf8JsonWriter writer, double value) =>
        writer.WriteStringValue(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "Infinity"u8 : "-Infinity"u8);
}
