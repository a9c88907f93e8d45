using System.Runtime.CompilerServices;
using ModelPersistence.AspNetCore.Inference;

namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>
/// Reads the elements of a tensor from the JSON array that begins at <paramref name="at"/>, flat or nested as the shape is, straight into
/// their place. The shape says how many there must be, so that nothing has to grow.
/// </summary>
internal ref struct TensorText(ReadOnlySpan<byte> json, int at, string input)
{
    private readonly ReadOnlySpan<byte> _json = json;
    private int _at = at;

    /// <summary>Where the next byte is; after reading, that of the closing bracket.</summary>
    public readonly int Position => _at;

    /// <exception cref="ProtocolException">The text is not such an array.</exception>
    public void Read<T, TText>(ReadOnlySpan<long> shape, Span<T> elements)
        where T : unmanaged
        where TText : IElementText<T>
    {
        Open();
        if (IsNested(shape))
        {
            ReadLevel<T, TText>(shape, ref elements);
        }
        else
        {
            ReadRow<T, TText>(elements);
        }
    }

    /// <summary>The same for strings, which have their own place.</summary>
    /// <exception cref="ProtocolException">The text is not such an array.</exception>
    public void ReadStrings(ReadOnlySpan<long> shape, StringElements elements)
    {
        Open();
        if (IsNested(shape))
        {
            ReadStringLevel(shape, elements);
        }
        else
        {
            ReadStringRow(elements.Count, elements);
        }
    }

    private void Open()
    {
        Expect((byte)'[');
        SkipSpace();
    }

    private readonly bool IsNested(ReadOnlySpan<long> shape) => shape.Length > 1 && Next == '[';

    private readonly byte Next => (uint)_at < (uint)_json.Length ? _json[_at] : (byte)0;

    private void ReadLevel<T, TText>(ReadOnlySpan<long> shape, ref Span<T> rest)
        where T : unmanaged
        where TText : IElementText<T>
    {
        if (shape.Length == 1)
        {
            var length = (int)shape[0];
            ReadRow<T, TText>(rest[..length]);
            rest = rest[length..];
            return;
        }

        for (var i = 0L; i < shape[0]; i++)
        {
            Separate(i, shape[0]);
            Open();
            ReadLevel<T, TText>(shape[1..], ref rest);
            _at++;
        }

        Close(shape[0]);
    }

    private void ReadStringLevel(ReadOnlySpan<long> shape, StringElements elements)
    {
        if (shape.Length == 1)
        {
            ReadStringRow((int)shape[0], elements);
            return;
        }

        for (var i = 0L; i < shape[0]; i++)
        {
            Separate(i, shape[0]);
            Open();
            ReadStringLevel(shape[1..], elements);
            _at++;
        }

        Close(shape[0]);
    }

    private void ReadRow<T, TText>(Span<T> row)
        where T : unmanaged
        where TText : IElementText<T>
    {
        var json = _json;
        var at = _at;
        for (var i = 0; i < row.Length; i++)
        {
            if (i > 0)
            {
                if ((uint)at < (uint)json.Length && json[at] == ',')
                {
                    at++;
                }
                else
                {
                    _at = at;
                    Separate(i, row.Length);
                    at = _at;
                }
            }

            if ((uint)at < (uint)json.Length && json[at] <= ' ')
            {
                at = BehindSpace(json, at);
            }

            var start = at;
            if (!TText.TryRead(json, ref at, out row[i]))
            {
                _at = start;
                throw NoElement(i, row.Length);
            }
        }

        _at = at;
        Close(row.Length);
    }

    private void ReadStringRow(int length, StringElements elements)
    {
        for (var i = 0; i < length; i++)
        {
            Separate(i, length);
            if (Next != '"')
            {
                throw NoElement(i, length);
            }

            _at += elements.Add(_json[_at..], input);
        }

        Close(length);
    }

    private void Separate(long index, long count)
    {
        SkipSpace();
        if (index == 0)
        {
            return;
        }

        if (Next == ']')
        {
            throw TooFew(index, count);
        }

        Expect((byte)',');
        SkipSpace();
    }

    private void Close(long count)
    {
        SkipSpace();
        if (Next == ',' || (count == 0 && Next is not (0 or (byte)']')))
        {
            throw ProtocolException.BadRequest($"Input '{ClientText.Show(input)}' has more elements in its data than its shape wants.");
        }

        if (Next != ']')
        {
            throw Malformed();
        }
    }

    private void Expect(byte wanted)
    {
        if (Next != wanted)
        {
            throw Malformed();
        }

        _at++;
    }

    private void SkipSpace() => _at = BehindSpace(_json, _at);

    private static int BehindSpace(ReadOnlySpan<byte> json, int at)
    {
        while ((uint)at < (uint)json.Length && json[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            at++;
        }

        return at;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly ProtocolException NoElement(long index, long count) =>
        Next == ']' ? TooFew(index, count) : ProtocolException.BadRequest($"Input '{ClientText.Show(input)}' has at byte {_at} of the body no element of its datatype, or none that fits.");

    private readonly ProtocolException TooFew(long index, long count) =>
        ProtocolException.BadRequest($"Input '{ClientText.Show(input)}' has {index} elements in a row of its data where its shape wants {count}.");

    private readonly ProtocolException Malformed() => ProtocolException.BadRequest($"Input '{ClientText.Show(input)}' has data that is no array of its shape: see byte {_at} of the body.");
}
