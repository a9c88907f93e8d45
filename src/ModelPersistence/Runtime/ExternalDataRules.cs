using System.Globalization;
using ModelPersistence.Models;

namespace ModelPersistence.Runtime;

/// <summary>What external data of a model from outside must satisfy before a runtime opens it.</summary>
internal static class ExternalDataRules
{
    // Bits per element by the type's number in the format; 0 for strings, which cannot be external, and for unknown types.
    private static readonly int[] Bits = [0, 32, 8, 8, 16, 16, 32, 64, 0, 8, 16, 64, 32, 64, 64, 128, 16, 8, 8, 8, 8, 4, 4, 4, 8, 2, 2];

    /// <summary>The data files a model names, each once, in the order of their first use. Not checked yet: see <see cref="Check"/>.</summary>
    public static IReadOnlyList<string> Locations(OnnxModelFacts facts) =>
        [.. facts.ExternalTensors.Select(static tensor => tensor.Location ?? "").Distinct(StringComparer.Ordinal)];

    /// <param name="model">The model's name.</param>
    /// <param name="entry">The ONNX file, relative to the model's folder.</param>
    /// <param name="facts">What was read from it.</param>
    /// <param name="sizeOf">The size of a file that belongs to the model, by its path relative to the entry's folder; null when there is none.</param>
    /// <exception cref="ModelIntegrityException">A location leaves the folder, names a file that is not the model's, or a range does not fit.</exception>
    public static void Check(string model, string entry, OnnxModelFacts facts, Func<string, long?> sizeOf)
    {
        foreach (var tensor in facts.ExternalTensors)
        {
            if (WhyRefused(entry, tensor, sizeOf) is { } reason)
            {
                throw new ModelIntegrityException(
                    $"The file '{entry}' of model '{model}' is refused: external data of tensor '{ModelName.Printable(tensor.Name)}' {reason}. Export the model again with its data files beside it, and publish all of them.")
                { Model = model, File = entry };
            }
        }
    }

    private static string? WhyRefused(string entry, ExternalTensor tensor, Func<string, long?> sizeOf)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var (key, _) in tensor.Entries)
        {
            if (key is not ("location" or "offset" or "length" or "checksum") || !seen.Add(key))
            {
                // Saved packed weights are trusted blindly by the runtime: a wrong one crashes it or changes results.
                return key.StartsWith("prepacked", StringComparison.Ordinal)
                    ? "brings weights packed for some processor, which only this library's own artifacts may"
                    : $"has the unknown or repeated key '{ModelName.Printable(key)}'";
            }
        }

        var location = tensor.Location;
        if (SafePath.WhyUnsafe(location) is { } unsafePath)
        {
            return $"lies at '{ModelName.Printable(location)}', and {unsafePath}";
        }

        if (string.Equals(location, Path.GetFileName(entry), StringComparison.OrdinalIgnoreCase))
        {
            return "names the model's own file";
        }

        return sizeOf(location!) is { } size ? WhyMisfit(tensor, size) : $"lies at '{ModelName.Printable(location)}', which is not one of the model's files";
    }

    private static string? WhyMisfit(ExternalTensor tensor, long fileSize)
    {
        if (ByteLength(tensor) is not { } expected)
        {
            return $"has the type {tensor.Type} and the shape [{string.Join(", ", tensor.Shape)}], which external data cannot have";
        }

        if (Number(tensor.Offset, 0) is not { } offset || Number(tensor.Length, expected) is not { } length)
        {
            return "has an offset or a length that is not a number";
        }

        if (length != expected)
        {
            return $"has {length} bytes, its type and shape take {expected}";
        }

        return new ByteRange(offset, length).IsWithin(fileSize) ? null : $"reaches from {offset} over {length} bytes in a file of {fileSize}";
    }

    /// <summary>The bytes a tensor takes by its type and shape; null when they make no sense.</summary>
    public static long? ByteLength(ExternalTensor tensor)
    {
        var count = ElementTypes.Count([.. tensor.Shape]);
        if (count < 0 || tensor.Type <= 0 || tensor.Type >= Bits.Length || Bits[tensor.Type] == 0 || count > long.MaxValue / 128)
        {
            return null;
        }

        return ((count * Bits[tensor.Type]) + 7) / 8;
    }

    /// <summary>A number written in digits alone; null when the text is anything else.</summary>
    public static long? Number(string? text, long absent) =>
        text is null ? absent : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
