using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Endpoint.Servers;

/// <summary>
/// What one writes by hand: a minimal API whose bodies System.Text.Json reads and writes with generated code, and a session for each model.
/// It knows that its models take FP32, but for one INT64, and so needs no way to tell elements apart.
/// </summary>
internal static partial class PlainServer
{
    public static async Task RunAsync(string folder)
    {
        using Microsoft.ML.OnnxRuntime.SessionOptions settings = new() { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        var sessions = ServedModels.All.ToDictionary(static name => name, name => new InferenceSession(ServedModels.PathOf(folder, name), settings));
        var builder = Web.CreateBuilder();
        builder.Services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, Json.Default));
        var app = builder.Build();
        app.MapPost("/v2/models/{model}/infer", (string model, InferRequest request) =>
        {
            var session = sessions[model];
            var names = request.Inputs.ConvertAll(static input => input.Name);
            var values = request.Inputs.ConvertAll(ToValue);
            using RunOptions options = new();
            using var outputs = session.Run(options, names, values, session.OutputNames);
            values.ForEach(static value => value.Dispose());
            return new InferResponse(model, "1.0.0", request.Id, [.. session.OutputNames.Zip(outputs, ToTensor)]);
        });
        await Web.RunAsync(app);
    }

    private static OrtValue ToValue(InferTensor input) => input.Datatype == "INT64"
        ? OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(input.Data, static element => (long)element), input.Shape)
        : OrtValue.CreateTensorValueFromMemory(input.Data, input.Shape);

    private static InferTensor ToTensor(string name, OrtValue value) =>
        new(name, value.GetTensorTypeAndShape().Shape, "FP32", value.GetTensorDataAsSpan<float>().ToArray());

    private sealed record InferRequest(string? Id, List<InferTensor> Inputs);

    private sealed record InferTensor(string Name, long[] Shape, string Datatype, float[] Data);

    private sealed record InferResponse(
        [property: JsonPropertyName("model_name")] string ModelName, [property: JsonPropertyName("model_version")] string ModelVersion, string? Id, InferTensor[] Outputs);

    [JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(InferRequest))]
    [JsonSerializable(typeof(InferResponse))]
    private sealed partial class Json : JsonSerializerContext;
}
