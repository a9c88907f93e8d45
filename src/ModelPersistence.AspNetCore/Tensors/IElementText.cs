namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>How elements of a type are written in JSON.</summary>
internal interface IElementText<T>
    where T : unmanaged
{
    /// <summary>Reads one and moves behind it. False where there is none, or where it does not fit the type.</summary>
    static abstract bool TryRead(ReadOnlySpan<byte> json, ref int at, out T value);
}
