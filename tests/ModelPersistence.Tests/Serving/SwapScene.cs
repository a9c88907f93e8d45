using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Serving;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

/// <summary>A volume with versions of one model, each of which adds its own number, somebody who publishes there, and hosts whose clock stands still.</summary>
internal sealed class SwapScene : IAsyncDisposable
{
    public const string Model = "add";

    private readonly TemporaryFolder _folder = new();
    private readonly TestHost _publisher;
    private int _folders;

    public SwapScene()
    {
        Directory.CreateDirectory(Volume);
        _publisher = new TestHost(_folder["publisher"], m => m.AddSharedVolume(Volume));
    }

    public ManualTimeProvider Clock { get; } = new();

    public RecordingLogger Log { get; } = new();

    public string Volume => _folder["volume"];

    /// <summary>A model that every check of a file passes and that the runtime cannot open.</summary>
    public static OnnxModelBuilder Unloadable => new OnnxModelBuilder().Graph(static graph => graph
        .Input("x", TensorElementType.Float, "batch", 1024)
        .Node("NoSuchOperator", ["x"], ["y"])
        .Output("y", TensorElementType.Float, "batch", 1024));

    public static ModelVersion V(int number) => ModelVersion.Parse($"{number}.0.0");

    public static AliasTarget Split(params (int Number, int Weight)[] shares) =>
        AliasTarget.Split([.. shares.Select(static share => new WeightedVersion(V(share.Number), share.Weight))]);

    public static IModelManager Manager(TestHost host) => host.Services.GetRequiredService<IModelManager>();

    public static ServedModels Served(TestHost host) => host.Services.GetRequiredService<ServedModels>();

    public static float Run(ModelLease lease)
    {
        using var outputs = lease.Run(("x", new float[1024], [1, 1024]));
        return outputs.Values<float>("y")[0];
    }

    public static async Task<float> AnswerAsync(TestHost host, CancellationToken token, string reference = Model)
    {
        using var lease = await host.Models.GetAsync(reference, token);
        return Run(lease);
    }

    public static async Task<InferenceSession> SessionAsync(TestHost host, CancellationToken token, string reference = Model)
    {
        using var lease = await host.Models.GetAsync(reference, token);
        return lease.Session;
    }

    /// <summary>What is worse than it should be about the one reference of a host.</summary>
    public static IReadOnlyList<string> Degradations(TestHost host) => host.Status.Models.Single().Degradations;

    /// <summary>Waits, from one change of the host's state to the next, until something holds.</summary>
    public static async Task UntilAsync(TestHost host, Func<bool> holds, CancellationToken token)
    {
        var context = host.Services.GetRequiredService<ServingContext>();
        while (true)
        {
            var change = context.NextChange;
            if (holds())
            {
                return;
            }

            await change.WaitAsync(token);
        }
    }

    public Task PublishAsync(int number, OnnxModelBuilder? model = null) => PublishAsync(V(number), model ?? TestModels.Add(number));

    public async Task PublishAsync(ModelVersion version, OnnxModelBuilder model)
    {
        var source = _folder[$"source-{++_folders}"];
        Directory.CreateDirectory(source);
        model.Save(Path.Combine(source, "model.onnx"));
        await _publisher.Repository.PublishAsync(source, Model, version, new PublishOptions { MoveLatest = false });
    }

    /// <summary>Publishes the versions and points <c>latest</c> at the first.</summary>
    public async Task PublishAllAsync(params int[] numbers)
    {
        foreach (var number in numbers)
        {
            await PublishAsync(number);
        }

        await PointAsync(V(numbers[0]));
    }

    public Task PointAsync(AliasTarget target, string alias = "latest") => _publisher.Repository.SetAliasAsync(Model, alias, target);

    /// <summary>Points the alias there and lets the host ask.</summary>
    public async Task MoveAsync(TestHost host, AliasTarget target, CancellationToken token)
    {
        await PointAsync(target);
        await Manager(host).RefreshAsync(Model, token);
    }

    public TestHost Host(Action<ModelManagementOptions>? options = null) => HostOver(m => m.AddSharedVolume(Volume), options);

    public TestHost HostOver(Action<IModelManagementBuilder> models, Action<ModelManagementOptions>? options = null, Action<IServiceCollection>? more = null) => new(
        _folder[$"cache-{++_folders}"],
        models,
        o =>
        {
            (o.Prepare, o.RefreshInterval, o.AliasTimeout) = (false, TimeSpan.Zero, TimeSpan.FromMinutes(1));
            options?.Invoke(o);
        },
        services: services =>
        {
            services.AddSingleton<TimeProvider>(Clock).AddLogging(logging => logging.AddProvider(Log));
            more?.Invoke(services);
        });

    public async ValueTask DisposeAsync()
    {
        await _publisher.DisposeAsync();
        Log.Dispose();
        _folder.Dispose();
    }
}
