namespace ModelPersistence.AspNetCore.Tensors;

/// <summary><c>true</c> and <c>false</c>.</summary>
internal readonly struct TruthText : IElementText<bool>
{
    public static bool TryRead(ReadOnlySpan<byte> json, ref int at, out bool value)
    {
        var rest = json[at..];
        value = rest.StartsWith("true"u8);
        if (!value && !rest.StartsWith("false"u8))
        {
            return false;
        }

        at += value ? 4 : 5;
        return true;
    }
}
