namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>Writes elements of a type as JSON.</summary>
internal interface IElementJson<T>
    where T : unmanaged
{
    /// <summary>The most bytes that an element of any type takes.</summary>
    const int MaxLength = 32;

    /// <summary>Writes an element and returns its length.</summary>
    static abstract int Write(Span<byte> json, T value);
}
