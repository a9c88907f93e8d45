using System.Text;

namespace ModelPersistence.Preparation;

/// <summary>
/// Walks over JSON without spaces, as <see cref="PreparedJson"/> writes it. Throws <see cref="FormatException"/> on anything else. It
/// stands on the way of a start that takes tens of milliseconds, and the first use of a general reader costs as much as the start.
/// </summary>
internal ref struct JsonCursor(ReadOnlySpan<byte> json)
{
    private readonly ReadOnlySpan<byte> _json = json;
    private int _next;

    public readonly bool IsAtEnd => _next >= _json.Length;

    /// <summary>Takes a punctuation mark if it comes next.</summary>
    public bool TryTake(char mark)
    {
        if (IsAtEnd || _json[_next] != mark)
        {
            return false;
        }

        _next++;
        return true;
    }

    public void Take(char mark)
    {
        if (!TryTake(mark))
        {
            throw Unexpected();
        }
    }

    /// <summary>Takes the name of a property and the colon after it.</summary>
    public string TakeName()
    {
        var name = TakeText();
        Take(':');
        return name;
    }

    public long TakeInteger()
    {
        var negative = TryTake('-');
        long value = 0;
        var start = _next;
        while (!IsAtEnd && _json[_next] is >= (byte)'0' and <= (byte)'9')
        {
            if (value > (long.MaxValue - 9) / 10)
            {
                throw Unexpected();
            }

            value = (value * 10) + (_json[_next++] - '0');
        }

        return _next > start ? negative ? -value : value : throw Unexpected();
    }

    /// <summary>Takes a number as it is written.</summary>
    public ReadOnlySpan<byte> TakeNumber()
    {
        var start = _next;
        while (!IsAtEnd && _json[_next] is not ((byte)',' or (byte)'}' or (byte)']'))
        {
            _next++;
        }

        return _json[start.._next];
    }

    public string TakeText()
    {
        Take('"');
        var start = _next;
        while (!IsAtEnd && _json[_next] is not ((byte)'"' or (byte)'\\'))
        {
            _next++;
        }

        if (!IsAtEnd && _json[_next] == '"')
        {
            return Encoding.UTF8.GetString(_json[start.._next++]);
        }

        StringBuilder text = new(Encoding.UTF8.GetString(_json[start.._next]));
        while (!TryTake('"'))
        {
            text.Append(TryTake('\\') ? TakeEscaped() : TakePlain());
        }

        return text.ToString();
    }

    public readonly FormatException Unexpected() => new($"Unexpected content at byte {_next}.");

    private string TakePlain()
    {
        var start = _next;
        while (!IsAtEnd && _json[_next] is not ((byte)'"' or (byte)'\\'))
        {
            _next++;
        }

        return IsAtEnd ? throw Unexpected() : Encoding.UTF8.GetString(_json[start.._next]);
    }

    private string TakeEscaped()
    {
        if (IsAtEnd)
        {
            throw Unexpected();
        }

        switch ((char)_json[_next++])
        {
            case 'n': return "\n";
            case 'r': return "\r";
            case 't': return "\t";
            case 'b': return "\b";
            case 'f': return "\f";
            case 'u' when _json.Length - _next >= 4:
                var digits = Encoding.ASCII.GetString(_json.Slice(_next, 4));
                _next += 4;
                return ((char)Convert.ToUInt16(digits, 16)).ToString();
            case var same and ('"' or '\\' or '/'): return same.ToString();
            default: throw Unexpected();
        }
    }
}
