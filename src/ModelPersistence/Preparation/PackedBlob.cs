using System.Globalization;
using ModelPersistence.Runtime;

namespace ModelPersistence.Preparation;

/// <summary>One <c>prepacked_N</c> entry of an initializer: the kernel it was packed for, and the buffers it was packed into.</summary>
/// <param name="Kernel">The runtime's name for the kernel and its use.</param>
/// <param name="Buffers">Where the buffers lie, each with a number that is the runtime's own business.</param>
internal sealed record PackedBlob(string Kernel, IReadOnlyList<(ByteRange Range, string Tail)> Buffers)
{
    /// <summary>Null when the text is not of the form <c>kernel|offset;length;n|offset;length;n...</c>.</summary>
    public static PackedBlob? TryParse(string text)
    {
        var parts = text.Split('|');
        List<(ByteRange, string)> buffers = [];
        foreach (var part in parts.AsSpan(1))
        {
            var numbers = part.Split(';', 3);
            if (numbers.Length < 2 || ExternalDataRules.Number(numbers[0], -1) is not { } offset || ExternalDataRules.Number(numbers[1], -1) is not { } length)
            {
                return null;
            }

            buffers.Add((new ByteRange(offset, length), numbers.Length == 3 ? numbers[2] : ""));
        }

        return buffers.Count > 0 ? new PackedBlob(parts[0], buffers) : null;
    }

    public string Render(Func<ByteRange, long> newOffset) => Kernel + string.Concat(Buffers.Select(buffer =>
        string.Create(CultureInfo.InvariantCulture, $"|{newOffset(buffer.Range)};{buffer.Range.Length}") + (buffer.Tail.Length > 0 ? ";" + buffer.Tail : "")));
}
