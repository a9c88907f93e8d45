namespace ModelPersistence.AspNetCore.Tensors;

/// <summary><c>true</c> and <c>false</c>.</summary>
internal readonly struct TruthJson : IElementJson<bool>
{
    public static int Write(Span<byte> json, bool value)
    {
        var text = value ? "true"u8 : "false"u8;
        text.CopyTo(json);
        return text.Length;
    }
}
