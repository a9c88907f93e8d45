using System.Globalization;

namespace ModelPersistence.Testing;

/// <summary>
/// The data file beside a model: gives every tensor large enough an aligned place, and writes them in that order.
/// </summary>
internal sealed class ExternalData(string location, long minimumBytes, int alignment)
{
    private readonly List<(TensorData Tensor, long Offset)> _placed = [];
    private long _end;

    public bool TryWrite(ProtoWriter tensor, TensorData data)
    {
        if (data.Length < minimumBytes)
        {
            return false;
        }
        var offset = (_end + alignment - 1) / alignment * alignment;
        _placed.Add((data, offset));
        _end = offset + data.Length;
        Entry(tensor, "location", location);
        Entry(tensor, "offset", offset.ToString(CultureInfo.InvariantCulture));
        Entry(tensor, "length", data.Length.ToString(CultureInfo.InvariantCulture));
        tensor.Int(14, 1);
        return true;
    }

    public void Save(string folder)
    {
        using var file = File.Create(Path.Combine(folder, location), 1 << 16);
        foreach (var (tensor, offset) in _placed)
        {
            file.Write(new byte[offset - file.Position]);
            TensorData.Stream(file, tensor.Length, tensor.Fill!);
        }
    }

    private static void Entry(ProtoWriter tensor, string key, string value) =>
        tensor.Message(
            13,
            entry =>
            {
                entry.String(1, key);
                entry.String(2, value);
            }
        );
}
