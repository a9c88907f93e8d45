using System.Net;
using System.Text;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Testing;
using static ModelPersistence.Tests.AspNetCore.ProtocolModels;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>Whatever a client sends, it is told in the protocol's shape that it was wrong, and the server serves on.</summary>
[TestFixture, CancelAfter(60_000), NonParallelizable]
internal sealed class MalformedRequestTests
{
    // The client and the server are one process here: both, with room for the pools to begin.
    private const long AllocatedByARefusal = 8 << 20;

    private InferenceServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await InferenceServer.StartAsync(static (models, folder) => models
            .AddSaved(folder, "fp32", Echo(TensorElementType.Float))
            .AddSaved(folder, "fp64", Echo(TensorElementType.Double))
            .AddSaved(folder, "fp16", Echo(TensorElementType.Float16))
            .AddSaved(folder, "int64", Echo(TensorElementType.Int64))
            .AddSaved(folder, "int8", Echo(TensorElementType.Int8))
            .AddSaved(folder, "uint8", Echo(TensorElementType.UInt8))
            .AddSaved(folder, "bool", Echo(TensorElementType.Bool))
            .AddSaved(folder, "bytes", Echo(TensorElementType.String))
            .AddSaved(folder, "cube", Echo(TensorElementType.Float, rank: 3))
            .AddSaved(folder, "fixed", TestModels.Add(width: 4))
            .AddSaved(folder, "six", TestModels.MultipleOfSix())
            .AddSaved(folder, "add", Arithmetic()));
        await _server.InferAsync("fp32", Request("FP32", "[1]", "[1]"));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [TestCaseSource(typeof(MalformedRequests), nameof(MalformedRequests.All))]
    public async Task A_malformed_request_is_refused_as_such(string model, string body, string word)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var answer = await _server.InferAsync(model, body);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest), answer.Body);
            Assert.That(answer.Error, Does.Contain(word));
            Assert.That(answer.Error, Does.Not.Contain(".cc").And.Not.Contain("/tmp").And.Not.Contain("Exception"));
            Assert.That(allocated, Is.LessThan(AllocatedByARefusal));
            Assert.That((await _server.InferAsync("fp32", Request("FP32", "[1]", "[1]"))).Data(), Is.EqualTo("[1]"));
        }
    }

    [Test]
    public void There_are_at_least_sixty() => Assert.That(MalformedRequests.All().Count(), Is.GreaterThanOrEqualTo(60));

    [TestCase(new byte[] { 0xFF, 0xFE })]
    [TestCase(new byte[] { 0xC3 })]
    [TestCase(new byte[] { 0xED, 0xA0, 0x80 })]
    public async Task Text_that_is_no_UTF8_is_refused_wherever_it_stands(byte[] wrong)
    {
        (string Before, string After)[] places =
        [
            ("""{"id":" """, """ ","inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}"""),
            ("""{"inputs":[{"name":"x """, """ ","shape":[1],"datatype":"FP32","data":[1]}]}"""),
            ("""{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","data":["a """, """ b"]}]}"""),
        ];
        foreach (var (before, after) in places)
        {
            using ByteArrayContent content = new([.. Encoding.UTF8.GetBytes(before), .. wrong, .. Encoding.UTF8.GetBytes(after)]);
            content.Headers.ContentType = new("application/json");
            var answer = await _server.SendAsync(HttpMethod.Post, "v2/models/bytes/infer", content);
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest), answer.Body);
            Assert.That(answer.Error, Does.Contain("UTF-8").Or.Contain("JSON"));
        }
    }

    [TestCase("text/plain")]
    [TestCase("application/octet-stream")]
    [TestCase("application/json; charset=utf-16")]
    [TestCase("nonsense")]
    public async Task Another_content_type_is_refused(string type)
    {
        using ByteArrayContent content = new(Encoding.UTF8.GetBytes(Request("FP32", "[1]", "[1]")));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        var answer = await _server.SendAsync(HttpMethod.Post, "v2/models/fp32/infer", content);
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
        Assert.That(answer.Error, Does.Contain("application/json").And.Contain(type));

        // As people read it in a terminal.
        Assert.That(answer.Body, Does.Contain($"it says '{type}'"));
    }

    [Test]
    public async Task A_compressed_body_is_refused()
    {
        using ByteArrayContent content = new([0x1f, 0x8b]);
        content.Headers.ContentEncoding.Add("gzip");
        Assert.That((await _server.SendAsync(HttpMethod.Post, "v2/models/fp32/infer", content)).Status, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
    }

    [Test]
    public async Task The_binary_extension_is_refused_by_its_header()
    {
        var answer = await _server.PostAsync("v2/models/fp32/infer", "{}", ("Inference-Header-Content-Length", "2"));
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Error, Does.Contain("binary"));
    }

    [TestCase("v2/models/unknown/infer")]
    [TestCase("v2/models/fp32/versions/1.0.0/infer")]
    [TestCase("v2/models/fp32/versions/stable/infer")]
    [TestCase("v2/models/..%2F..%2Fetc/infer")]
    [TestCase("v2/models/FP32/infer")]
    [TestCase("v2/models/fp32:latest/infer")]
    [TestCase("v2/models/fp32/versions/%F0%9F%98%80/infer")]
    public async Task A_model_that_there_is_not_is_not_found(string path)
    {
        var answer = await _server.PostAsync(path, Request("FP32", "[1]", "[1]"));
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.NotFound), answer.Body);
        Assert.That(answer.Error, Does.StartWith("This server has no "));
    }
}
