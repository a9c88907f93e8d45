using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.AspNetCore.Tensors;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>One input or output of a model. The datatype is null where the protocol has none for it.</summary>
internal sealed class TensorSignature(string name, NodeMetadata node)
{
    public string Name => name;

    public TensorElementType Type { get; } = node.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR ? node.ElementDataType : TensorElementType.DataTypeMax;

    /// <summary>-1 where a dimension is open. Empty for a scalar, and for a tensor of which the model does not say the shape.</summary>
    public long[] Shape { get; } = node.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR ? [.. node.Dimensions.Select(static d => (long)d)] : [];

    public string? Datatype { get; } = node.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR ? Tensors.Datatype.NameOf(node.ElementDataType) : null;

    /// <exception cref="ProtocolException">The tensor is not what the model takes.</exception>
    public void Check(RequestTensor tensor)
    {
        if (tensor.Type != Type)
        {
            throw ProtocolException.BadRequest($"Input '{name}' is of datatype {Tensors.Datatype.NameOf(tensor.Type)}; the model takes {Datatype ?? "what the protocol cannot carry"}.");
        }

        if (Shape.Length > 0 && !Admits(tensor.Shape))
        {
            throw ProtocolException.BadRequest($"Input '{name}' is of shape {ClientText.Show(tensor.Shape)}; the model takes {ClientText.Show(Shape)}, where -1 is any size.");
        }
    }

    private bool Admits(long[] shape)
    {
        if (shape.Length != Shape.Length)
        {
            return false;
        }

        for (var i = 0; i < shape.Length; i++)
        {
            if (Shape[i] >= 0 && Shape[i] != shape[i])
            {
                return false;
            }
        }

        return true;
    }
}
