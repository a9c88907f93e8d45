using System.Globalization;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Models;

namespace ModelPersistence.Runtime;

/// <summary>
/// Says whether two sets of outputs are equal: |a − b| ≤ atol + rtol·scale, where the scale is the largest magnitude of the expected output
/// by default, and |b| of each element where a sample brings its own tolerances. NaN and infinities must stand at the same places.
/// </summary>
internal static class OutputComparer
{
    /// <summary>Null when equal, else the first difference found. Only the outputs that <paramref name="expected"/> names are compared.</summary>
    public static string? WhyUnequal(
        IReadOnlyDictionary<string, TensorValue> actual,
        IReadOnlyDictionary<string, TensorValue> expected,
        double? atol = null,
        double? rtol = null,
        bool shapesOnly = false)
    {
        foreach (var (name, wanted) in expected)
        {
            if (!actual.TryGetValue(name, out var given))
            {
                return $"output '{name}' is missing";
            }

            if (given.ElementType != wanted.ElementType)
            {
                return $"output '{name}' is of {given.ElementType} instead of {wanted.ElementType}";
            }

            if (!given.Shape.SequenceEqual(wanted.Shape))
            {
                return $"output '{name}' has the shape [{string.Join(", ", given.Shape)}] instead of [{string.Join(", ", wanted.Shape)}]";
            }

            if (!shapesOnly && WhyValuesDiffer(given, wanted, atol, rtol) is { } reason)
            {
                return $"output '{name}' {reason}";
            }
        }

        return null;
    }

    private static string? WhyValuesDiffer(TensorValue given, TensorValue wanted, double? atol, double? rtol)
    {
        if (wanted.Strings is not null)
        {
            return given.Strings is not null ? WhyStringsDiffer(given.Strings, wanted.Strings) : "has no strings";
        }

        if (wanted.Data is null || given.Data is null)
        {
            return wanted.Data is null && given.Data is null ? null : "has no values";
        }

        if (given.Data.Length != wanted.Data.Length)
        {
            return $"has {given.Data.Length} bytes instead of {wanted.Data.Length}";
        }

        // Bits first: the usual case, and the only comparison that integers, booleans and unknown types get.
        if (given.Data.AsSpan().SequenceEqual(wanted.Data))
        {
            return null;
        }

        if (!ElementTypes.TryParse(wanted.ElementType, out var type) || FloatReader.For(type) is not { } read)
        {
            return IntegerReader.WhyDiffer(given.Data, wanted.Data, type, atol ?? 0, rtol ?? 0);
        }

        var (defaultAbsolute, defaultRelative) = Default(type);
        var absolute = atol ?? defaultAbsolute;
        var relative = rtol ?? defaultRelative;
        var scale = atol is null && rtol is null ? Scale(wanted.Data, read) : (double?)null;
        return WhyFloatsDiffer(given.Data, wanted.Data, read, absolute, relative, scale);
    }

    private static string? WhyStringsDiffer(IReadOnlyList<string> given, IReadOnlyList<string> wanted)
    {
        for (var i = 0; i < Math.Min(given.Count, wanted.Count); i++)
        {
            if (given[i] != wanted[i])
            {
                return string.Create(CultureInfo.InvariantCulture, $"differs at element {i}: '{ModelName.Printable(given[i])}' instead of '{ModelName.Printable(wanted[i])}'");
            }
        }

        return given.Count == wanted.Count ? null : $"has {given.Count} strings instead of {wanted.Count}";
    }

    private static (double Absolute, double Relative) Default(TensorElementType type) => type switch
    {
        TensorElementType.Float or TensorElementType.Complex64 => (1e-6, 1e-5),
        TensorElementType.Double or TensorElementType.Complex128 => (1e-12, 1e-10),
        TensorElementType.Float16 => (1e-4, 2e-3),
        _ => (1e-3, 1.6e-2),
    };

    private static double Scale(byte[] data, FloatReader read)
    {
        double scale = 0;
        for (var i = 0; i < read.Count(data); i++)
        {
            var magnitude = Math.Abs(read.Read(data, i));
            scale = double.IsFinite(magnitude) && magnitude > scale ? magnitude : scale;
        }

        return scale;
    }

    private static string? WhyFloatsDiffer(byte[] given, byte[] wanted, FloatReader read, double absolute, double relative, double? scale)
    {
        for (var i = 0; i < read.Count(wanted); i++)
        {
            var (a, b) = (read.Read(given, i), read.Read(wanted, i));
            var allowed = absolute + (relative * (scale ?? Math.Abs(b)));
            var equal = double.IsFinite(a) && double.IsFinite(b) ? Math.Abs(a - b) <= allowed : a.Equals(b);
            if (!equal)
            {
                return string.Create(CultureInfo.InvariantCulture, $"differs at element {i}: {a:G9} instead of {b:G9} (allowed {allowed:G3})");
            }
        }

        return null;
    }
}
