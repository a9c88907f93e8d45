using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Startup;

namespace ModelPersistence.Endpoint.Servers;

/// <summary>The library's protocol, with the same settings of the runtime.</summary>
internal static class OwnServer
{
    // Exporters ask for gauges less often.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <param name="folder">Where the models are.</param>
    /// <param name="isListenedTo">Whether somebody listens to every instrument, as an exporter does.</param>
    public static async Task RunAsync(string folder, bool isListenedTo)
    {
        using var listener = isListenedTo ? Listen() : null;
        await using var collecting = listener is null ? null : TimeProvider.System.CreateTimer(_ => listener.RecordObservableInstruments(), null, Interval, Interval);
        var builder = Web.CreateBuilder();
        var models = builder.Services.AddModelManagement(options => options.CachePath = Path.Combine(folder, $"cache-{Environment.ProcessId}"));
        models.AddModelFile(ServedModels.Voice, ServedModels.PathOf(folder, ServedModels.Voice), static model => model
            .Threads(1).WarmupInput("input", [1, 576]).WarmupInput("state", [2, 1, 128]).WarmupInput("sr", [], 16000));
        models.AddModelFile(ServedModels.Sum, ServedModels.PathOf(folder, ServedModels.Sum), static model => model.Threads(1));
        models.AddModelFile(ServedModels.Echo, ServedModels.PathOf(folder, ServedModels.Echo), static model => model.Threads(1));
        var app = builder.Build();
        app.MapInferenceProtocol();
        await Web.RunAsync(app, async () =>
        {
            var status = app.Services.GetRequiredService<IModelStatus>();
            await status.WaitForAsync(StartupPhase.FullyReady);
            while (!status.Models.All(static model => model.Settled))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        });
        if (isListenedTo && !Seen.Any)
        {
            throw new InvalidOperationException("Nothing was listened to: the figures would say nothing.");
        }
    }

    private static MeterListener Listen()
    {
        MeterListener listener = new()
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "ModelPersistence")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>(static (_, value, _, _) => Seen.Add(value));
        listener.SetMeasurementEventCallback<long>(static (_, value, _, _) => Seen.Add(value));
        listener.SetMeasurementEventCallback<int>(static (_, value, _, _) => Seen.Add(value));
        listener.Start();
        return listener;
    }

    /// <summary>What an exporter does at least with a measurement: it adds.</summary>
    private static class Seen
    {
        [ThreadStatic]
        private static double _sum;

        public static bool Any { get; private set; }

        public static void Add(double value)
        {
            _sum += value;
            if (!Any)
            {
                Any = true;
            }
        }
    }
}
