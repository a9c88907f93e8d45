using System.Net;
using static ModelPersistence.Tests.AspNetCore.ProtocolModels;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>A model that gives back what it gets shows that every datatype arrives and returns as it is.</summary>
[TestFixture, CancelAfter(60_000)]
internal sealed class DatatypeTests
{
    private static readonly string[] Names = [.. Datatypes.Select(static datatype => datatype.Datatype)];

    private InferenceServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await InferenceServer.StartAsync(static (models, folder) =>
    {
        foreach (var (datatype, type) in Datatypes)
        {
            models.AddSaved(folder, datatype.ToLowerInvariant(), Echo(type)).AddSaved(folder, $"{datatype.ToLowerInvariant()}-cube", Echo(type, rank: 3));
        }
    });

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [TestCase("BOOL", "[true,false,true]")]
    [TestCase("UINT8", "[0,1,255]")]
    [TestCase("UINT16", "[0,1,65535]")]
    [TestCase("UINT32", "[0,1,4294967295]")]
    [TestCase("UINT64", "[0,1,18446744073709551615]")]
    [TestCase("INT8", "[-128,0,127]")]
    [TestCase("INT16", "[-32768,0,32767]")]
    [TestCase("INT32", "[-2147483648,0,2147483647]")]
    [TestCase("INT64", "[-9223372036854775808,0,9223372036854775807]")]
    [TestCase("FP16", "[-65504,0.099975586,1]")]
    [TestCase("BF16", "[-256,0.100097656,1]")]
    [TestCase("FP32", "[-3.4028235E38,0.1,1E-45]")]
    [TestCase("FP64", "[-1.7976931348623157E+308,0.1,5E-324]")]
    [TestCase("BYTES", """["a","","line\nend \u0000 zero"]""")]
    public async Task Elements_come_back_as_they_were_sent(string datatype, string data)
    {
        var answer = await _server.InferAsync(datatype.ToLowerInvariant(), Request(datatype, "[3]", data));
        var output = answer.Json.GetProperty("outputs")[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), answer.Body);
            Assert.That(output.GetProperty("data").GetRawText(), Is.EqualTo(data));
            Assert.That(output.GetProperty("datatype").GetString(), Is.EqualTo(datatype));
            Assert.That(output.GetProperty("shape").GetRawText(), Is.EqualTo("[3]"));
        }
    }

    [Test]
    public async Task Nested_and_flat_data_are_the_same([ValueSource(nameof(Names))] string datatype)
    {
        string[] elements = datatype switch
        {
            "BOOL" => ["true", "false", "true", "true", "false", "false"],
            "BYTES" => ["\"a\"", "\"b\"", "\"c\"", "\"d\"", "\"e\"", "\"f\""],
            _ => ["1", "2", "3", "4", "5", "6"],
        };
        var nested = $"[ [ [{elements[0]} , {elements[1]}, {elements[2]}] ] ,\n[ [{elements[3]},{elements[4]},\t{elements[5]} ] ] ]";
        var flat = $"[{string.Join(',', elements)}]";
        foreach (var data in new[] { nested, flat })
        {
            var answer = await _server.InferAsync($"{datatype.ToLowerInvariant()}-cube", Request(datatype, "[2,1,3]", data));
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), answer.Body);
            Assert.That(answer.Data(), Is.EqualTo(flat));
        }
    }

    [TestCase("FP32", "[]", "[0]", "[0]")]
    [TestCase("FP32-cube", "[[],[]]", "[2,0,5]", "[2,0,5]")]
    [TestCase("BYTES", "[]", "[0]", "[0]")]
    public async Task A_tensor_may_be_empty(string model, string data, string shape, string expected)
    {
        var answer = await _server.InferAsync(model.ToLowerInvariant(), Request(model.Split('-')[0], shape, data));
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), answer.Body);
        Assert.That(answer.Json.GetProperty("outputs")[0].GetProperty("shape").GetRawText(), Is.EqualTo(expected));
        Assert.That(answer.Data(), Is.EqualTo("[]"));
    }

    [Test]
    public async Task Text_outside_of_ASCII_and_escapes_arrive_as_the_same_text()
    {
        var answer = await _server.InferAsync("bytes", Request("BYTES", "[4]", """["für 日本 😀","\u00fc\ud83d\ude00","\"\\\/\b\f\n\r\t",""]"""));
        var text = answer.Json.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(static element => element.GetString());
        Assert.That(text, Is.EqualTo(new[] { "für 日本 😀", "ü😀", "\"\\/\b\f\n\r\t", "" }));
    }

    [Test]
    public async Task Text_may_be_sent_and_asked_for_as_base64()
    {
        var answer = await _server.InferAsync("bytes", """
            {"inputs":[{"name":"x","data":["ZsO8cg==",""],"shape":[2],"datatype":"BYTES","parameters":{"content_type":"base64"}}]}
            """);
        Assert.That(answer.Json.GetProperty("outputs")[0].GetProperty("data")[0].GetString(), Is.EqualTo("für"));

        answer = await _server.InferAsync("bytes", """
            {"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","data":["f\u00fcr"]}],"outputs":[{"name":"y","parameters":{"content_type":"base64"}}]}
            """);
        Assert.That(answer.Data(), Is.EqualTo("""["ZsO8cg=="]"""));
        Assert.That(answer.Json.GetProperty("outputs")[0].GetProperty("parameters").GetProperty("content_type").GetString(), Is.EqualTo("base64"));
    }

    [Test]
    public async Task Large_tensors_come_back_whole()
    {
        float[] elements = [.. Enumerable.Range(0, 300_000).Select(static i => i * 0.37f)];
        var data = $"[{string.Join(',', elements.Select(static e => e.ToString("R", System.Globalization.CultureInfo.InvariantCulture)))}]";
        var answer = await _server.InferAsync("fp32", Request("FP32", "[300000]", data));
        Assert.That(answer.Json.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(static e => e.GetSingle()), Is.EqualTo(elements));
    }
}
