using ModelPersistence.AspNetCore.Tensors;
using ModelPersistence.Serving;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>The memory of what a run has given, strings without the text that is longer than they hold in place.</summary>
internal static class OutputBytes
{
    public static long Of(ModelOutputs outputs)
    {
        var bytes = 0L;
        for (var i = 0; i < outputs.Count; i++)
        {
            var info = outputs[i].GetTensorTypeAndShape();
            bytes += info.ElementCount * Datatype.SizeOf(info.ElementDataType);
        }

        return bytes;
    }
}
