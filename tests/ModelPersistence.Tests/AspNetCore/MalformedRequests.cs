namespace ModelPersistence.Tests.AspNetCore;

/// <summary>Bodies that no server may take, each with a word that its error must have. The models are those of <see cref="MalformedRequestTests"/>.</summary>
internal static class MalformedRequests
{
    private const string Good = """{"name":"x","shape":[2],"datatype":"FP32","data":[1,2]}""";

    public static IEnumerable<TestCaseData> All()
    {
        foreach (var (name, model, body, word) in Envelopes().Concat(Shapes()).Concat(Elements()).Concat(Texts()))
        {
            yield return new TestCaseData(model, body, word).SetName(name);
        }
    }

    private static string X(string rest) => $$"""{"inputs":[{"name":"x",{{rest}}}]}""";

    private static string Data(string datatype, string data, string shape = "[2]") => X($""" "shape":{shape},"datatype":"{datatype}","data":{data} """);

    private static IEnumerable<(string, string, string, string)> Envelopes()
    {
        yield return ("An empty body", "fp32", "", "JSON");
        yield return ("Space only", "fp32", "  \n ", "JSON");
        yield return ("No JSON at all", "fp32", "hello", "JSON");
        yield return ("An array as request", "fp32", "[]", "object");
        yield return ("A number as request", "fp32", "42", "object");
        yield return ("Null as request", "fp32", "null", "object");
        yield return ("No inputs", "fp32", "{}", "inputs");
        yield return ("Inputs that are null", "fp32", """{"inputs":null}""", "array");
        yield return ("Inputs that are an object", "fp32", """{"inputs":{}}""", "array");
        yield return ("Inputs of numbers", "fp32", """{"inputs":[1]}""", "object");
        yield return ("An empty list of inputs", "fp32", """{"inputs":[]}""", "lacks 'x'");
        yield return ("An empty input", "fp32", """{"inputs":[{}]}""", "needs");
        yield return ("A missing input", "add", """{"inputs":[{"name":"a","shape":[2],"datatype":"FP32","data":[1,2]}]}""", "lacks 'b'");
        yield return ("An unknown input", "fp32", Data("FP32", "[1,2]").Replace("\"x\"", "\"q\"", StringComparison.Ordinal), "no input 'q'");
        yield return ("An input too many", "fp32", """{"inputs":[{"name":"z","shape":[1],"datatype":"FP32","data":[1]},""" + Good + "]}", "no input 'z'");
        yield return ("The same input twice", "fp32", $$"""{"inputs":[{{Good}},{{Good}}]}""", "twice");
        yield return ("The inputs twice", "fp32", $$"""{"inputs":[{{Good}}],"inputs":[{{Good}}]}""", "twice");
        yield return ("The data twice", "fp32", X(""" "shape":[1],"datatype":"FP32","data":[1],"data":[2] """), "twice");
        yield return ("The shape twice", "fp32", X(""" "shape":[1],"shape":[2],"datatype":"FP32","data":[1] """), "twice");
        yield return ("The id twice", "fp32", $$"""{"id":"1","id":"2","inputs":[{{Good}}]}""", "twice");
        yield return ("An id beyond all measure", "fp32", $$"""{"id":"{{new string('i', (256 << 10) + 1)}}","inputs":[{{Good}}]}""", "longer");
        yield return ("Names beyond all measure", "fp32", $$"""{"inputs":[{{Good}}],"outputs":[{{string.Join(',', Enumerable.Range(0, 300).Select(static i => $$"""{"name":"{{i,1000}}"}"""))}}]}""", "longer");
        yield return ("A number as id", "fp32", $$"""{"id":1,"inputs":[{{Good}}]}""", "string");
        yield return ("A number as name", "fp32", """{"inputs":[{"name":7,"shape":[1],"datatype":"FP32","data":[1]}]}""", "string");
        yield return ("No name", "fp32", """{"inputs":[{"shape":[1],"datatype":"FP32","data":[1]}]}""", "needs");
        yield return ("No shape", "fp32", X(""" "datatype":"FP32","data":[1] """), "needs");
        yield return ("No datatype", "fp32", X(""" "shape":[1],"data":[1] """), "needs");
        yield return ("No data", "fp32", X(""" "shape":[1],"datatype":"FP32" """), "needs");
        yield return ("A name that would break a line of a log", "fp32", """{"inputs":[{"name":"a\nb","shape":[1],"datatype":"FP32","data":[1]}]}""", "a?b");
        yield return ("Parameters that are a list", "fp32", $$"""{"parameters":[],"inputs":[{{Good}}]}""", "object");
        yield return ("An affinity key that is a number", "fp32", $$"""{"parameters":{"affinity_key":1},"inputs":[{{Good}}]}""", "string");
        yield return ("An unknown output", "fp32", $$"""{"inputs":[{{Good}}],"outputs":[{"name":"nothing"}]}""", "no output 'nothing'");
        yield return ("The same output twice", "fp32", $$"""{"inputs":[{{Good}}],"outputs":[{"name":"y"},{"name":"y"}]}""", "twice");
        yield return ("An output without name", "fp32", $$"""{"inputs":[{{Good}}],"outputs":[{}]}""", "name");
        yield return ("Outputs of strings", "fp32", $$"""{"inputs":[{{Good}}],"outputs":["y"]}""", "object");
        yield return ("Binary outputs for the request", "fp32", $$"""{"parameters":{"binary_data_output":true},"inputs":[{{Good}}]}""", "binary");
        yield return ("A binary output", "fp32", $$$"""{"inputs":[{{{Good}}}],"outputs":[{"name":"y","parameters":{"binary_data":true}}]}""", "binary");
        yield return ("A binary input", "fp32", X(""" "shape":[1],"datatype":"FP32","parameters":{"binary_data_size":4} """), "binary");
        var many = string.Join(',', Enumerable.Range(0, 2000).Select(static i => $$"""{"name":"x{{i}}","shape":[],"datatype":"BOOL","data":[true]}"""));
        yield return ("Two thousand inputs", "fp32", $$"""{"inputs":[{{many}}]}""", "1024");
    }

    private static IEnumerable<(string, string, string, string)> Shapes()
    {
        yield return ("A shape that is a number", "fp32", X(""" "shape":1,"datatype":"FP32","data":[1] """), "array");
        yield return ("A negative dimension", "fp32", Data("FP32", "[1]", "[-1]"), "negative");
        yield return ("A dimension with a fraction", "fp32", Data("FP32", "[1]", "[1.5]"), "whole");
        yield return ("A dimension with an exponent beyond all", "fp32", Data("FP32", "[1]", "[1e99]"), "whole");
        yield return ("A dimension as text", "fp32", Data("FP32", "[1]", "[\"1\"]"), "whole");
        yield return ("A dimension beyond 64 bits", "fp32", Data("FP32", "[1]", "[99999999999999999999]"), "whole");
        yield return ("A dimension beyond 32 bits", "fp32", Data("FP32", "[1]", "[4294967296]"), "more elements than can be");
        yield return ("Dimensions whose product overflows to zero", "cube", Data("FP32", "[1]", "[4294967296,4294967296,1]"), "more elements than can be");
        yield return ("Dimensions whose product overflows, behind a zero", "cube", Data("FP32", "[]", "[0,2147483647,2147483647]"), "more elements than can be");
        yield return ("A million elements that are not there", "fp32", Data("FP32", "[1]", "[1000000]"), "more than the body holds");
        yield return ("Forty dimensions", "fp32", Data("FP32", "[1]", $"[{string.Join(',', Enumerable.Repeat("1", 40))}]"), "32 dimensions");
        yield return ("Another number of dimensions than the model's", "fp32", Data("FP32", "[1]", "[1,1]"), "model takes [-1]");
        yield return ("Another size than the model's", "fixed", Data("FP32", "[1,2,3]", "[1,3]"), "model takes [-1, 4]");
        yield return ("Lengths that do not fit each other", "add", """
            {"inputs":[{"name":"a","shape":[3],"datatype":"FP32","data":[1,2,3]},{"name":"b","shape":[2],"datatype":"FP32","data":[1,2]}]}
            """, "cannot run");
        yield return ("A length that a layer inside does not take", "six", Data("FP32", "[1,2,3,4,5]", "[5]"), "cannot run");
    }

    private static IEnumerable<(string, string, string, string)> Elements()
    {
        yield return ("An unknown datatype", "fp32", Data("FLOAT", "[1,2]"), "none of");
        yield return ("Another datatype than the model's", "fp32", Data("INT32", "[1,2]"), "model takes FP32");
        yield return ("Data that is null", "fp32", Data("FP32", "null"), "array");
        yield return ("Data that is a number", "fp32", Data("FP32", "1"), "array");
        yield return ("Data that is text", "fp32", Data("FP32", "\"AAAAAA==\""), "array");
        yield return ("Data that is an object", "fp32", Data("FP32", "{}"), "array");
        yield return ("Elements too few", "fp32", Data("FP32", "[1]", "[2]"), "1 elements");
        yield return ("No elements", "fp32", Data("FP32", "[]", "[2]"), "0 elements");
        yield return ("Elements too many", "fp32", Data("FP32", "[1,2,3]", "[2]"), "more elements");
        yield return ("An element in an empty tensor", "fp32", Data("FP32", "[1]", "[0]"), "more elements");
        yield return ("Null as element", "fp32", Data("FP32", "[1,null]"), "no element");
        yield return ("NaN as element", "fp32", Data("FP32", "[1,NaN]"), "no element");
        yield return ("NaN as text", "fp32", Data("FP32", "[1,\"NaN\"]"), "no element");
        yield return ("Infinity as element", "fp32", Data("FP32", "[-Infinity,1]"), "no element");
        yield return ("A number as text", "fp32", Data("FP32", "[1,\"2\"]"), "no element");
        yield return ("A truth value for a number", "fp32", Data("FP32", "[1,true]"), "no element");
        yield return ("A number for a truth value", "bool", Data("BOOL", "[true,1]"), "no element");
        yield return ("A truth value with a capital", "bool", Data("BOOL", "[true,True]"), "no element");
        yield return ("A number beyond FP32", "fp32", Data("FP32", "[1,1e39]"), "fits");
        yield return ("A number beyond FP64", "fp64", Data("FP64", "[1,1e309]"), "fits");
        yield return ("A number beyond FP16", "fp16", Data("FP16", "[1,65520]"), "fits");
        yield return ("A fraction for a whole number", "int64", Data("INT64", "[1,2.0]"), "no array of its shape");
        yield return ("An exponent for a whole number", "int64", Data("INT64", "[1,2e0]"), "no array of its shape");
        yield return ("A whole number beyond INT64", "int64", Data("INT64", "[1,9223372036854775808]"), "fits");
        yield return ("A whole number below INT64", "int64", Data("INT64", "[1,-9223372036854775809]"), "fits");
        yield return ("A whole number of hundred digits", "int64", Data("INT64", $"[1,{new string('9', 100)}]"), "fits");
        yield return ("A whole number beyond INT8", "int8", Data("INT8", "[1,128]"), "fits");
        yield return ("A whole number beyond UINT8", "uint8", Data("UINT8", "[1,256]"), "fits");
        yield return ("A negative number for UINT8", "uint8", Data("UINT8", "[1,-1]"), "fits");
        yield return ("A leading zero", "int64", Data("INT64", "[1,02]"), "no element");
        yield return ("A leading plus", "int64", Data("INT64", "[1,+2]"), "no element");
        yield return ("A hexadecimal number", "int64", Data("INT64", "[1,0x2]"), "no array of its shape");
        yield return ("A comma too many", "fp32", Data("FP32", "[1,2,]"), "more elements");
        yield return ("A comma without element", "fp32", Data("FP32", "[1,,2]"), "no element");
        yield return ("No comma", "fp32", Data("FP32", "[1 2]"), "no array of its shape");
        yield return ("A comment", "fp32", Data("FP32", "[1,/* two */2]"), "no element");
        yield return ("Rows of different lengths", "cube", Data("FP32", "[[[1,2],[3]]]", "[1,2,2]"), "1 elements");
        yield return ("Rows that are too deep", "cube", Data("FP32", "[[[[1]]]]", "[1,1,1]"), "no element");
        yield return ("Rows that are not deep enough", "cube", Data("FP32", "[[1]]", "[1,1,1]"), "no array of its shape");
        yield return ("Rows beside elements", "cube", Data("FP32", "[[[1]],2]", "[2,1,1]"), "no array of its shape");
        yield return ("A hundred thousand brackets for a tensor", "fp32", Data("FP32", new string('[', 100_000)), "no element");
        yield return ("A hundred thousand brackets before the datatype", "fp32", X($""" "data":{new string('[', 100_000)} """), "JSON");
        yield return ("A hundred thousand brackets elsewhere", "fp32", $$"""{"x":{{new string('[', 100_000)}}""", "JSON");
        yield return ("A truncated body", "fp32", """{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[1,""", "no element");
        yield return ("A body truncated within a number", "fp32", """{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[1,2""", "no array of its shape");
        yield return ("A body truncated behind the data", "fp32", """{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[1,2]""", "JSON");
        yield return ("Something behind the request", "fp32", $$"""{"inputs":[{{Good}}]} x""", "JSON");
        yield return ("A second request behind the first", "fp32", $$"""{"inputs":[{{Good}}]}{"inputs":[{{Good}}]}""", "JSON");
    }

    private static IEnumerable<(string, string, string, string)> Texts()
    {
        yield return ("A number as text element", "bytes", Data("BYTES", "[\"a\",1]"), "no element");
        yield return ("Null as text element", "bytes", Data("BYTES", "[\"a\",null]"), "no element");
        yield return ("Texts too few", "bytes", Data("BYTES", "[\"a\"]"), "1 elements");
        yield return ("Texts too many", "bytes", Data("BYTES", "[\"a\",\"b\",\"c\"]"), "more elements");
        yield return ("A text that does not end", "bytes", """{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","data":["a""", "JSON");
        yield return ("Half of a surrogate pair in a text", "bytes", Data("BYTES", """["a","\ud83d"]"""), "surrogate");
        yield return ("Half of a surrogate pair in an id", "fp32", $$"""{"id":"\ud83d","inputs":[{{Good}}]}""", "surrogate");
        yield return ("Half of a surrogate pair as a property", "fp32", """{"\ud83d":0}""", "surrogate");
        yield return ("Half of a surrogate pair as a property of an input", "fp32", """{"inputs":[{"\ud83d":0}]}""", "surrogate");
        yield return ("Half of a surrogate pair as a property of an output", "fp32", $$"""{"outputs":[{"\ud83d":0}],"inputs":[{{Good}}]}""", "surrogate");
        yield return ("Half of a surrogate pair as a parameter", "fp32", $$"""{"parameters":{"\ud83d\ud83d\ud83d":0},"inputs":[{{Good}}]}""", "surrogate");
        yield return ("An escape that there is not", "bytes", Data("BYTES", """["a","\q"]"""), "JSON");
        yield return ("A control character in a text", "bytes", Data("BYTES", "[\"a\",\"\u0001\"]"), "JSON");
        yield return ("Base64 with a character it has not", "bytes", X(""" "shape":[1],"datatype":"BYTES","parameters":{"content_type":"base64"},"data":["!!!!"] """), "base64");
        yield return ("Base64 cut short", "bytes", X(""" "shape":[1],"datatype":"BYTES","data":["ZsO8c"],"parameters":{"content_type":"base64"} """), "base64");
        yield return ("Base64 of what is no UTF-8", "bytes", X(""" "shape":[1],"datatype":"BYTES","parameters":{"content_type":"base64"},"data":["/////w=="] """), "base64");
    }
}
