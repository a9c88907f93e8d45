using System.Text.Json;
using System.Text.Unicode;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>Goes through a body token by token, and says what is wrong with it in words for a client.</summary>
internal ref struct JsonCursor(ReadOnlySpan<byte> json)
{
    // Names, ids and keys live as long as the request does, where its body is gone as soon as it is read.
    private const int MaxTextBytes = 256 << 10;

    private Utf8JsonReader _reader = new(json, isFinalBlock: true, default);
    private int _origin;
    private int _textBytes;

    public readonly ReadOnlySpan<byte> Json { get; } = json;

    /// <summary>Behind the token.</summary>
    public readonly int Position => _origin + (int)_reader.BytesConsumed;

    /// <summary>The token's first byte.</summary>
    public readonly int TokenPosition => _origin + (int)_reader.TokenStartIndex;

    public readonly JsonTokenType Token => _reader.TokenType;

    /// <summary>Whether the token is this text.</summary>
    /// <exception cref="ProtocolException">The token is no text: it escapes half of a surrogate pair.</exception>
    public readonly bool Is(ReadOnlySpan<byte> text)
    {
        try
        {
            return _reader.ValueTextEquals(text);
        }
        catch (InvalidOperationException)
        {
            throw ProtocolException.BadRequest("A text escapes half of a surrogate pair.");
        }
    }

    public readonly bool TryGetInt64(out long value) => _reader.TryGetInt64(out value);

    public void Next()
    {
        if (!_reader.Read())
        {
            throw ProtocolException.BadRequest("The body ends before the request does.");
        }
    }

    /// <exception cref="ProtocolException">The next token is another one.</exception>
    public void Next(JsonTokenType wanted, string what)
    {
        Next();
        Require(wanted, what);
    }

    /// <summary>To the next property of an object; false at its end.</summary>
    public bool NextProperty()
    {
        Next();
        return Token == JsonTokenType.PropertyName;
    }

    /// <summary>To the next object in an array; false at its end.</summary>
    public bool NextObject(string what)
    {
        Next();
        if (Token == JsonTokenType.EndArray)
        {
            return false;
        }

        Require(JsonTokenType.StartObject, what);
        return true;
    }

    public string NextString(string what)
    {
        Next(JsonTokenType.String, what);
        if (_reader.ValueSpan.Length > MaxTextBytes - _textBytes)
        {
            throw ProtocolException.BadRequest($"The names, ids and keys of the request are longer than {MaxTextBytes} bytes together.");
        }

        _textBytes += _reader.ValueSpan.Length;
        try
        {
            return Utf8.IsValid(_reader.ValueSpan) ? _reader.GetString()! : throw ProtocolException.BadRequest($"{what} is not valid UTF-8.");
        }
        catch (InvalidOperationException)
        {
            throw ProtocolException.BadRequest($"{what} escapes half of a surrogate pair.");
        }
    }

    /// <summary>Over the value of a property.</summary>
    public void SkipNext()
    {
        Next();
        _reader.Skip();
    }

    /// <summary>Over the rest of the array or object that has begun.</summary>
    public void Skip() => _reader.Skip();

    /// <summary>Nothing but space may follow.</summary>
    /// <exception cref="JsonException">Something follows.</exception>
    public void End() => _reader.Read();

    /// <summary>To the end of the array that has begun; somebody else has read its elements, and found the closing bracket there.</summary>
    public void CloseAt(int position)
    {
        _reader = new Utf8JsonReader(Json[position..], isFinalBlock: true, _reader.CurrentState);
        _origin = position;
        Next();
    }

    /// <summary>Notes a property.</summary>
    /// <exception cref="ProtocolException">It was there before.</exception>
    public static void Once(ref bool seen, string property)
    {
        OnlyOnce(seen, property);
        seen = true;
    }

    /// <exception cref="ProtocolException">The property was there before.</exception>
    public static void OnlyOnce(bool seen, string property)
    {
        if (seen)
        {
            throw ProtocolException.BadRequest($"The property '{property}' is there twice.");
        }
    }

    private readonly void Require(JsonTokenType wanted, string what)
    {
        if (Token != wanted)
        {
            throw ProtocolException.BadRequest($"{what} must be {(wanted == JsonTokenType.String ? "a string" : wanted == JsonTokenType.StartArray ? "an array" : "an object")}.");
        }
    }
}
