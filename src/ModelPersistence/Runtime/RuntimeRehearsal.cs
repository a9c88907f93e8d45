using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPersistence.Runtime;

/// <summary>
/// Runs a model of one addition through the very calls a real load makes. The first use of each costs milliseconds once in a process
/// (marshalling stubs, kernel registries, thread pools); here they are paid beside the host's own start instead of inside the first load.
/// </summary>
internal static unsafe class RuntimeRehearsal
{
    /// <summary>y = x + c over float[4], opset 17, in the ONNX wire format.</summary>
    private const string Addition =
        "CAhCAhAROlAKDgoBeAoBYxIBeSIDQWRkEgFnKhkIBBABQgFjShAAAAAAAAAAAAAAAAAAAAAAWg8KAXgSCgoICAESBAoCCARiDwoB"
        + "eRIKCggIARIECgIIBA==";

    public static void Run()
    {
        const int Count = 4;
        var constant = stackalloc float[Count];
        using var options = SessionSettings.Default.CreateOptions(GraphOptimizationLevel.ORT_DISABLE_ALL);
        options.IntraOpNumThreads = 1;
        options.AddSessionConfigEntry("session.disable_prepacking", "1");
        using var c = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, TensorElementType.Float, [Count], (nint)constant, Count * sizeof(float));
        options.AddInitializer("c", c);
        using var session = new InferenceSession(Convert.FromBase64String(Addition), options);
        using var x = TensorFactory.Create("x", new float[Count], [Count]);
        using var run = new RunOptions();
        using var outputs = session.Run(run, session.InputMetadata.Keys.ToArray(), [x], session.OutputNames);
        _ = outputs[0].GetTensorDataAsSpan<float>().Length;
    }
}
