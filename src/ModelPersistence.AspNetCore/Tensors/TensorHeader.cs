using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.AspNetCore.Inference;

namespace ModelPersistence.AspNetCore.Tensors;

/// <summary>What a request says of a tensor beside its elements.</summary>
internal readonly record struct TensorHeader(string Name, TensorElementType Type, long[] Shape, bool IsBase64)
{
    /// <summary>How many elements the shape wants: no more than the text could hold, and none of it is allocated before that is known.</summary>
    /// <exception cref="ProtocolException">There are too many.</exception>
    public int CountElements(int textBytes, int maxBytes)
    {
        long count = 1, nonzero = 1;
        foreach (var dimension in Shape)
        {
            // The factors that are no zero count in any case: the runtime multiplies them before it comes to the zero.
            if (dimension > int.MaxValue || (dimension > 0 && (nonzero *= dimension) > int.MaxValue))
            {
                throw ProtocolException.BadRequest($"The shape {ClientText.Show(Shape)} of input '{ClientText.Show(Name)}' has more elements than can be.");
            }

            count *= dimension;
        }

        if (count * Datatype.SizeOf(Type) > maxBytes)
        {
            throw ProtocolException.TooLarge($"Input '{ClientText.Show(Name)}' is larger than the {maxBytes} bytes that this server takes for a tensor.");
        }

        // Every element has a character at least, and all but the first a comma.
        return count <= textBytes / 2 + 1
            ? (int)count
            : throw ProtocolException.BadRequest($"The shape {ClientText.Show(Shape)} of input '{ClientText.Show(Name)}' wants {count} elements, more than the body holds.");
    }
}
