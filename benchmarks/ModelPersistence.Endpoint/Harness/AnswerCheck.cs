using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace ModelPersistence.Endpoint.Harness;

/// <summary>Before anything is measured: servers that are compared must answer the same.</summary>
internal static class AnswerCheck
{
    private const double Tolerance = 1e-4;

    public static async Task RequireSameAsync(Workload workload, params IEnumerable<ServerProcess> servers)
    {
        using HttpClient client = new();
        foreach (var body in workload.Bodies)
        {
            double[]? first = null;
            foreach (var server in servers)
            {
                var answer = await AskAsync(client, server, workload.Model, body);
                first ??= answer;
                if (answer.Length != first.Length || answer.Zip(first, static (a, b) => Math.Abs(a - b)).Max() > Tolerance * Math.Max(1, first.Max(Math.Abs)))
                {
                    throw new InvalidOperationException($"The servers do not answer the same to '{workload.Title}'.");
                }
            }
        }
    }

    private static async Task<double[]> AskAsync(HttpClient client, ServerProcess server, string model, string body)
    {
        using StringContent content = new(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var response = await client.PostAsync(new Uri(server.Address, $"v2/models/{model}/infer"), content);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? [.. JsonDocument.Parse(text).RootElement.GetProperty("outputs").EnumerateArray().SelectMany(static output => output.GetProperty("data").EnumerateArray()).Select(static e => e.GetDouble())]
            : throw new InvalidOperationException($"A server answered {(int)response.StatusCode}: {text}");
    }
}
