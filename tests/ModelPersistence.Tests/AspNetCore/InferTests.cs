using System.Text;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Testing;
using static ModelPersistence.Tests.AspNetCore.ProtocolModels;

namespace ModelPersistence.Tests.AspNetCore;

[TestFixture, CancelAfter(60_000)]
internal sealed class InferTests
{
    private const string Inputs = """
        "inputs":[{"name":"b","shape":[2],"datatype":"FP32","data":[10,20]},{"name":"a","shape":[2],"datatype":"FP32","data":[1.5,2.5]}]
        """;

    private InferenceServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await InferenceServer.StartAsync(static (models, folder) => models
        .AddSaved(folder, "arithmetic", Arithmetic())
        .AddSaved(folder, "echo", Echo(TensorElementType.Float))
        .AddSaved(folder, "conditional", TestModels.Conditional())
        .AddSaved(folder, "reciprocal", new OnnxModelBuilder().Graph(static graph => graph
            .Input("x", TensorElementType.Float, "n").Node("Reciprocal", ["x"], ["y"]).Node("Log", ["x"], ["z"])
            .Output("y", TensorElementType.Float, "n").Output("z", TensorElementType.Float, "n"))));

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Without_requested_outputs_all_come_in_the_models_order()
    {
        var answer = await _server.InferAsync("arithmetic", "{" + Inputs + "}");
        Assert.That(answer.Body, Is.EqualTo(
            """
            {"model_name":"arithmetic","model_version":"0.0.0","outputs":[{"name":"sum","datatype":"FP32","shape":[2],"data":[11.5,22.5]},{"name":"difference","datatype":"FP32","shape":[2],"data":[-8.5,-17.5]}]}
            """));
        Assert.That(answer.ContentType, Is.EqualTo("application/json"));
    }

    [Test]
    public async Task Requested_outputs_come_in_the_order_of_the_request()
    {
        var answer = await _server.InferAsync("arithmetic", """{"outputs":[{"name":"difference"},{"name":"sum"}],""" + Inputs + "}");
        Assert.That(answer.Json.GetProperty("outputs").EnumerateArray().Select(static o => o.GetProperty("name").GetString()), Is.EqualTo(new[] { "difference", "sum" }));
        Assert.That(answer.Data(0), Is.EqualTo("[-8.5,-17.5]"));
    }

    [Test]
    public async Task Only_requested_outputs_come()
    {
        var answer = await _server.InferAsync("arithmetic", """{"outputs":[{"name":"sum"}],""" + Inputs + "}");
        Assert.That(answer.Json.GetProperty("outputs").GetArrayLength(), Is.EqualTo(1));
    }

    [TestCase("42")]
    [TestCase("quotes \\\" and \\u00fc and 😀")]
    public async Task The_id_comes_back(string id)
    {
        var answer = await _server.InferAsync("arithmetic", $$"""{"id":"{{id}}",""" + Inputs + "}");
        var sent = System.Text.Json.JsonDocument.Parse($"\"{id}\"").RootElement.GetString();
        Assert.That(answer.Json.GetProperty("id").GetString(), Is.EqualTo(sent));
    }

    [Test]
    public async Task Properties_may_come_in_any_order_and_unknown_ones_are_ignored()
    {
        var answer = await _server.InferAsync("arithmetic", """
            { "parameters": {"priority": 3, "nested": {"deep": [1, {"x": null}]}, "binary_data_output": false}, "unknown": [[{}]],
              "inputs": [
                {"data": [ 1 , 2 ], "parameters": {"binary_data": false}, "name": "a", "shape": [2], "datatype": "FP32"},
                {"datatype": "FP32", "data": [[3, 4]], "shape": [1, 2], "name": "b", "hint": "x"}],
              "outputs": [{"parameters": {"classification": 3}, "name": "sum"}] }
            """);
        Assert.That(answer.Error, Does.Contain("'b' is of shape [1, 2]"));

        answer = await _server.InferAsync("arithmetic", """
            { "unknown": [[{}]], "inputs": [
                {"data": [ 1 , 2 ], "parameters": {"binary_data": false}, "name": "a", "shape": [2], "datatype": "FP32"},
                {"datatype": "FP32", "data": [3, 4], "shape": [2], "name": "b", "hint": "x"}] }
            """);
        Assert.That(answer.Data(0), Is.EqualTo("[4,6]"));
    }

    [Test]
    public async Task A_scalar_has_an_empty_shape()
    {
        var ones = string.Join(',', Enumerable.Repeat("1", 512));
        foreach (var (flag, expected) in new[] { ("true", 2), ("false", 2) })
        {
            var answer = await _server.InferAsync("conditional", $$"""
                {"inputs":[{"name":"flag","shape":[],"datatype":"BOOL","data":[{{flag}}]},{"name":"x","shape":[1,512],"datatype":"FP32","data":[{{ones}}]}]}
                """);
            Assert.That(answer.Json.GetProperty("outputs")[0].GetProperty("data")[511].GetInt32(), Is.EqualTo(expected), answer.Body);
        }
    }

    [Test]
    public async Task Results_that_are_not_finite_are_strings()
    {
        var answer = await _server.InferAsync("reciprocal", Request("FP32", "[3]", "[0,-0.0,-1]"));
        Assert.That(answer.Data(0), Is.EqualTo("""["Infinity","-Infinity",-1]"""));
        Assert.That(answer.Data(1), Is.EqualTo("""["-Infinity","-Infinity","NaN"]"""));
    }

    [TestCase(null)]
    [TestCase("application/json; charset=utf-8")]
    [TestCase("Application/JSON")]
    public async Task A_missing_content_type_passes_as_JSON_does(string? type)
    {
        using ByteArrayContent content = new(Encoding.UTF8.GetBytes(Request("FP32", "[1]", "[1]")));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        var answer = await _server.SendAsync(HttpMethod.Post, "v2/models/echo/infer", content);
        Assert.That(answer.Data(), Is.EqualTo("[1]"));
    }

    [Test]
    public async Task A_body_in_chunks_is_read_as_one()
    {
        var json = Request("FP32", "[3000]", $"[{string.Join(',', Enumerable.Repeat("0.123456789", 3000))}]");
        using StreamContent content = new(new MemoryStream(Encoding.UTF8.GetBytes(json)));
        using HttpRequestMessage request = new(HttpMethod.Post, "v2/models/echo/infer") { Content = content };
        request.Headers.TransferEncodingChunked = true;
        using var response = await _server.Client.SendAsync(request);
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("\"shape\":[3000]").And.Contain("0.12345679,"));
    }
}
