using System.Globalization;
using System.Text.Json;
using ModelPersistence.Endpoint.Servers;

namespace ModelPersistence.Endpoint.Harness;

/// <summary>Requests for one model that are sent by turns.</summary>
/// <param name="Title">What is sent.</param>
/// <param name="Model">The model.</param>
/// <param name="Connections">On how many connections, one after the other.</param>
/// <param name="Bodies">The requests.</param>
/// <param name="Least">The ratio of throughput that is asked for; null where none is.</param>
internal sealed record Workload(string Title, string Model, int[] Connections, string[] Bodies, double? Least)
{
    public static Workload[] All() =>
    [
        new("Silero v5", ServedModels.Voice, [1, 8, 64], [.. Enumerable.Range(0, 8).Select(Voice)], 1.0),
        new("1 MiB of FP32 in, its sum out", ServedModels.Sum, [1, 8], [.. Enumerable.Range(0, 2).Select(Large)], 1.3),
        new("1 MiB of FP32 in, the same out", ServedModels.Echo, [1, 8], [.. Enumerable.Range(0, 2).Select(Large)], 1.3),
    ];

    private static string Voice(int number)
    {
        var (sound, state) = (new float[576], new float[256]);
        for (var i = 0; i < sound.Length; i++)
        {
            sound[i] = 0.2f * MathF.Sin(i * (0.05f + (0.03f * number)));
            state[i % state.Length] = number * 0.01f * MathF.Cos(i);
        }

        return Request(("input", "FP32", "[1,576]", Text(sound)), ("state", "FP32", "[2,1,128]", Text(state)), ("sr", "INT64", "[]", "16000"));
    }

    private static string Large(int seed)
    {
        Random random = new(seed);
        return Request(("x", "FP32", $"[{ServedModels.Elements}]", Text([.. Enumerable.Range(0, ServedModels.Elements).Select(_ => (random.NextSingle() * 2) - 1)])));
    }

    private static string Text(float[] elements) => string.Join(',', elements.Select(static element => element.ToString("R", CultureInfo.InvariantCulture)));

    private static string Request(params (string Name, string Datatype, string Shape, string Data)[] inputs) => JsonSerializer.Serialize(new
    {
        inputs = inputs.Select(static input => new
        {
            name = input.Name,
            shape = JsonDocument.Parse(input.Shape).RootElement,
            datatype = input.Datatype,
            data = JsonDocument.Parse($"[{input.Data}]").RootElement,
        }),
    });
}
