namespace ModelPersistence.Tests.Telemetry.Export;

/// <summary>A message of protocol buffers, taken apart field by field.</summary>
internal static class OtlpMessage
{
    /// <summary>The contents of the fields that are reached along a path of field numbers, each through messages within messages.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Find(ReadOnlyMemory<byte> message, params int[] path) =>
        path.Length == 0 ? [message] : Fields(message).Where(field => field.Number == path[0]).SelectMany(field => Find(field.Content, path[1..]));

    private static List<(int Number, ReadOnlyMemory<byte> Content)> Fields(ReadOnlyMemory<byte> message)
    {
        List<(int, ReadOnlyMemory<byte>)> fields = [];
        while (!message.IsEmpty)
        {
            var tag = (int)Varint(ref message);
            var length = (tag & 7) switch
            {
                0 => 0,
                1 => 8,
                2 => (int)Varint(ref message),
                5 => 4,
                var type => throw new InvalidDataException($"There is no wire type {type}."),
            };
            if ((tag & 7) == 0)
            {
                Varint(ref message);
            }

            fields.Add((tag >> 3, message[..length]));
            message = message[length..];
        }

        return fields;
    }

    private static ulong Varint(ref ReadOnlyMemory<byte> message)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = message.Span[0];
            message = message[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
