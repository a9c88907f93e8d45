// <quickstart>
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelPersistence.Serving;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddModelManagement()
    .AddModelFile("vad", args.FirstOrDefault("models/silero_vad_v5.onnx"), model => model
        .WarmupInput("input", [1, 576])                // what the model leaves open, for the warm-up
        .WarmupInput("sr", [], 16000));
using var host = builder.Build();
await host.StartAsync();                               // the model loads beside the rest of the host

var models = host.Services.GetRequiredService<IModelProvider>();
using (ModelLease model = await models.GetAsync("vad"))    // waits for the load; at once when the model is warm
using (var outputs = model.Run(("input", new float[576], [1, 576]), ("state", new float[256], [2, 1, 128]), ("sr", new long[] { 16000 }, [])))
{
    Console.WriteLine($"Probability of speech in 32 ms of silence: {outputs.Values<float>("output")[0]:P2}");
}

await host.StopAsync();
// </quickstart>
