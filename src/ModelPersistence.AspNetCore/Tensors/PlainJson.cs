using System.Text.Json;

namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>Truth values and whole numbers.</summary>
internal readonly struct PlainJson
    : IElementJson<bool>, IElementJson<sbyte>, IElementJson<short>, IElementJson<int>, IElementJson<long>,
        IElementJson<byte>, IElementJson<ushort>, IElementJson<uint>, IElementJson<ulong>
{
    public static void Write(Utf8JsonWriter writer, bool value) => writer.WriteBooleanValue(value);

    public static void Write(Utf8JsonWriter writer, sbyte value) => writer.WriteNumberValue(value);

    public static void Write(Utf8JsonWriter writer, short value) => writer.WriteNumberValue(value);

    public static void Write(Utf8JsonWriter writer, int value) => writer.WriteNumberValue(value);

    public static void Write(Utf8JsonWriter writer, long value) => writer.WriteNumberValue(value);

    public static void Write(Utf8JsonWriter writer, byte value) => writer.WriteNumberValue(value);

    public static void Write(Utf8JsonWriter writer, ushort value) => writer.WriteNumberValue(value);

    public static void Write(Utf8JsonWriter writer, uint value) => writer.WriteNumberValue(value);

    public static void Write(Utf8JsonWriter writer, ulong value) => writer.WriteNumberValue(value);
}
