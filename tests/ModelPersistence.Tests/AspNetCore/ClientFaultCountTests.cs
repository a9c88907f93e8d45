using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Serving;
using ModelPersistence.Testing;
using static ModelPersistence.Tests.AspNetCore.ProtocolModels;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>
/// What of a client's doing counts against the version that serves it, as docs/inference-protocol.md says: the runtime does not tell values that are wrong
/// from a layer that is.
/// </summary>
[TestFixture, CancelAfter(60_000)]
internal sealed class ClientFaultCountTests
{
    private const string Unequal =
        """{"inputs":[{"name":"a","shape":[2],"datatype":"FP32","data":[1,2]},{"name":"b","shape":[3],"datatype":"FP32","data":[1,2,3]}]}""";

    private static IEnumerable<TestCaseData> Requests()
    {
        yield return new TestCaseData(Over("Gather", TensorElementType.Int64, "n"), Request("INT64", "[1]", "[7]"), 0, 1).SetArgDisplayNames("an index out of bounds");
        yield return new TestCaseData(Over("Tile", TensorElementType.Int64, 1), Request("INT64", "[1]", "[-1]"), 0, 1).SetArgDisplayNames("a number of repeats below zero");
        yield return new TestCaseData(Over("Reshape", TensorElementType.Int64, 1), Request("INT64", "[1]", "[7]"), 1, 0).SetArgDisplayNames("a shape for another number of elements");
        yield return new TestCaseData(Over("Expand", TensorElementType.Int64, 1), Request("INT64", "[1]", $"[{1L << 45}]"), 1, 0).SetArgDisplayNames("a shape beyond all memory");
        yield return new TestCaseData(Arithmetic(), Unequal, 1, 0).SetArgDisplayNames("inputs that do not fit each other");
    }

    [TestCaseSource(nameof(Requests))]
    public async Task A_layer_that_refuses_values_counts_by_the_code_it_chose(OnnxModelBuilder model, string body, int errors, int rejected)
    {
        await using var server = await InferenceServer.StartAsync((models, folder) => models.AddSaved(folder, "layer", model));
        var answer = await server.InferAsync("layer", body);
        var statistics = server.Services.GetRequiredService<ServedModels>().All().Single().Statistics.Snapshot();
        Assert.That(((int)answer.Status, statistics.Errors, statistics.Rejected), Is.EqualTo((errors > 0 && body.Contains($"{1L << 45}", StringComparison.Ordinal) ? 503 : 400, (long)errors, (long)rejected)));
    }

    /// <summary>One layer over three weights and what the client sends.</summary>
    private static OnnxModelBuilder Over(string layer, TensorElementType type, OnnxDimension length) => new OnnxModelBuilder().Graph(graph => graph
        .Input("x", type, length).Initializer<float>("data", [layer is "Expand" ? 1 : 3], layer is "Expand" ? [1] : [1, 2, 3]).Node(layer, ["data", "x"], ["y"]).Output("y", TensorElementType.Float, "m"));
}
