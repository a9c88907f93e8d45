using System.Text.Json;

namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>Writes elements of a type as JSON.</summary>
internal interface IElementJson<T>
    where T : unmanaged
{
    static abstract void Write(Utf8JsonWriter writer, T value);
}
