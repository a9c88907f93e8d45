using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPersistence.Configuration;
using ModelPersistence.Serving;
using ModelPersistence.Startup;

namespace ModelPersistence.Tests.Worker;

/// <summary>
/// A host that serves <c>add</c> from a volume: <c>--volume --cache [--stop event]</c>. At the log event, or at the session's options (<c>Session</c>), of
/// version 2.0.0 it says so and stands still until it is killed. It answers <c>run</c>, <c>hold</c> (a run on a lease that it keeps), <c>held</c> (another
/// run on that lease) and <c>refresh</c>, each by the version and the output for zero.
/// </summary>
internal static class ServeVerb
{
    public static async Task<int> RunAsync(Options options)
    {
        StandStill stop = new(options.Has("stop") ? options["stop"] : null);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<ILoggerFactory>(stop);
        builder.Services
            .AddModelManagement(o => (o.CachePath, o.RefreshInterval, o.SwapLinger) = (options["cache"], TimeSpan.FromDays(1), TimeSpan.Zero))
            .AddSharedVolume(options["volume"], volume => volume.MapFrom = MapFrom.InPlace)
            .AddModel("add", model => model.Critical().ConfigureSession("stop", "1", _ => stop.At("Session")));
        using var host = builder.Build();
        await host.StartAsync();
        var models = host.Services.GetRequiredService<IModelProvider>();
        await host.Services.GetRequiredService<IModelStatus>().WaitForAsync(StartupPhase.FullyReady);
        stop.IsArmed = true;
        using (var first = await models.GetAsync("add"))
        {
            Say("serves", first);
        }

        ModelLease? held = null;
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line == "refresh")
            {
                await host.Services.GetRequiredService<IModelManager>().RefreshAsync("add");
            }

            var lease = line == "held" ? held! : await models.GetAsync("add");
            Say(line, lease);
            held = line == "hold" ? lease : held;
            if (lease != held)
            {
                lease.Dispose();
            }
        }

        return 0;
    }

    private static void Say(string line, ModelLease lease)
    {
        using var outputs = lease.Run(("x", new float[1024], [1, 1024]));
        Console.WriteLine($"{line} {lease.Version} {outputs[0].GetTensorDataAsSpan<float>()[0]}");
    }

    /// <summary>Stops the thread that comes to a point, for good.</summary>
    private sealed class StandStill(string? point) : ILoggerFactory, ILogger
    {
        private int _reached;

        public volatile bool IsArmed;

        public ILogger CreateLogger(string categoryName) => this;

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains("2.0.0", StringComparison.Ordinal))
            {
                At(eventId.Name);
            }
        }

        public void At(string? name)
        {
            if (IsArmed && name == point && point is not null && Interlocked.Exchange(ref _reached, 1) == 0)
            {
                Console.WriteLine("reached");
                new ManualResetEventSlim().Wait();
            }
        }

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }
}
