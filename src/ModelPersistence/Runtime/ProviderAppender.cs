using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Runtime;

/// <summary>Adds an execution provider to session options by its name here, else by the name the runtime itself takes.</summary>
internal static class ProviderAppender
{
    public static void Append(SessionOptions options, string provider, IReadOnlyDictionary<string, string> settings)
    {
        switch (provider)
        {
            case "Cuda" when settings.Count > 0:
                using (OrtCUDAProviderOptions cuda = new())
                {
                    cuda.UpdateOptions(new Dictionary<string, string>(settings));
                    options.AppendExecutionProvider_CUDA(cuda);
                }

                break;
            case "Cuda":
                options.AppendExecutionProvider_CUDA();
                break;
            case "TensorRT" when settings.Count > 0:
                using (OrtTensorRTProviderOptions tensorRt = new())
                {
                    tensorRt.UpdateOptions(new Dictionary<string, string>(settings));
                    options.AppendExecutionProvider_Tensorrt(tensorRt);
                }

                break;
            case "TensorRT":
                options.AppendExecutionProvider_Tensorrt();
                break;
            case "DirectML":
                options.AppendExecutionProvider_DML(Device(settings));
                break;
            case "CoreML" when settings.Count == 0:
                options.AppendExecutionProvider_CoreML();
                break;
            case "OpenVINO" when settings.Count == 0:
                options.AppendExecutionProvider_OpenVINO();
                break;
            default:
                options.AppendExecutionProvider(provider, new Dictionary<string, string>(settings));
                break;
        }
    }

    private static int Device(IReadOnlyDictionary<string, string> settings) => settings.Count switch
    {
        0 => 0,
        1 when settings.TryGetValue("device_id", out var device) => int.Parse(device, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"Of its options ({string.Join(", ", settings.Keys)}) it takes device_id alone."),
    };
}
