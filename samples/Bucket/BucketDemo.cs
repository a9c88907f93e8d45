using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPersistence.Aws;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Serving;
using ModelPersistence.Store;
using ModelPersistence.Testing;
using ModelPersistence.Transfer;

namespace Bucket;

/// <summary>The life of a model in a bucket, step by step.</summary>
internal sealed class BucketDemo(Action<S3Options> bucket)
{
    private const string Copies = "copies";

    private static readonly ModelVersion One = ModelVersion.Parse("1.0.0");
    private static readonly ModelVersion Two = ModelVersion.Parse("1.1.0");
    private static readonly PublishOptions Described = new()
    {
        Metadata = new ModelMetadata { Description = "A transformer with random weights." },
        Warmup = new WarmupHints { Dimensions = new Dictionary<string, long> { ["batch"] = 1, ["sequence"] = 32 } },
    };

    public async Task RunAsync()
    {
        var scratch = Directory.CreateTempSubdirectory("modelpersistence-bucket-");
        try
        {
            using var host = CreateHost(scratch.FullName);
            var repository = host.Services.GetRequiredService<IModelRepository>();
            try
            {
                await PublishAsync(repository);
                await FetchAndServeAsync(host.Services);
                await UpdateAsync(host.Services);
                await CopyAsync(repository);
            }
            finally
            {
                await DeleteAsync(repository);
            }
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private IHost CreateHost(string folder)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddModelManagement(options => options.CachePath = folder)
            .AddS3(bucket)
            .AddS3(Copies, options =>
            {
                bucket(options);
                options.Prefix = options.Prefix.TrimEnd('/') + "-copies/";
            });
        return builder.Build();
    }

    private static async Task PublishAsync(IModelRepository repository)
    {
        Console.WriteLine("▶ Publish two versions that differ in their last layer");
        foreach (var (version, seed) in new[] { (One, 1UL), (Two, 2UL) })
        {
            var path = SyntheticTransformer.GetOrCreate(SyntheticTransformerOptions.Size21MB with { HeadSeed = seed });
            var published = await repository.PublishAsync(path, "transformer", version, Described with { MoveLatest = false });
            Console.WriteLine($"   {published.Name}:{published.Version}@{published.Digest} at '{published.Repository}'");
        }

        var aliases = await repository.SetAliasAsync("transformer", "stable", One);
        Console.WriteLine($"   stable = {aliases.Aliases["stable"]}, revision {aliases.Revision}");
    }

    private static async Task FetchAndServeAsync(IServiceProvider services)
    {
        Console.WriteLine("▶ Fetch what stable stands for, and serve it");
        var store = services.GetRequiredService<IModelStore>();
        var fetched = await store.FetchAsync("transformer:stable", new Progress());
        Console.WriteLine($"   {fetched.BytesFetched / 1e6:0.0} MB fetched, verified, at {Path.GetFileName(fetched.EntryPath)}");
        using var lease = await services.GetRequiredService<IModelProvider>().GetAsync("transformer:stable");
        using var outputs = lease.Run(("input_ids", new long[] { 1, 2, 3, 4 }, [1, 4]), ("attention_mask", new long[] { 1, 1, 1, 1 }, [1, 4]));
        Console.WriteLine($"   version {lease.Version} answers {outputs.Values<float>("logits")[0]:0.0000}");
    }

    private static async Task UpdateAsync(IServiceProvider services)
    {
        Console.WriteLine("▶ Update to the next version: only the chunks that differ travel");
        var store = services.GetRequiredService<IModelStore>();
        var plan = await store.PlanAsync("transformer:1.1.0");
        Console.WriteLine($"   planned: {plan.BytesToTransfer / 1e6:0.00} of {plan.BytesTotal / 1e6:0.0} MB");
        var fetched = await store.FetchAsync("transformer:1.1.0", new Progress());
        Console.WriteLine($"   fetched: {fetched.BytesFetched / 1e6:0.00} MB, {fetched.BytesReused / 1e6:0.0} MB were here");
    }

    private static async Task CopyAsync(IModelRepository repository)
    {
        Console.WriteLine("▶ Copy a version to another place; its digest stays the same");
        var copied = await repository.CopyAsync(ModelReference.Parse("transformer:stable"), "S3", Copies, new CopyOptions { CarryAliases = true });
        Console.WriteLine($"   {copied.Name}:{copied.Version}@{copied.Digest} at '{copied.Repository}', {copied.TransferredBytes / 1e6:0.0} MB");
    }

    private static async Task DeleteAsync(IModelRepository repository)
    {
        Console.WriteLine("▶ Delete everything again");
        foreach (var place in new[] { "S3", Copies })
        {
            await foreach (var listed in repository.ListVersionsAsync("transformer", place))
            {
                await repository.DeleteAsync("transformer", listed.Version, new DeleteOptions { Repository = place, Force = true });
                Console.WriteLine($"   transformer:{listed.Version} at '{place}'");
            }
        }
    }

    /// <summary>Says each report at once; System.Progress would say them later, on other threads.</summary>
    private sealed class Progress : IProgress<ModelDownloadProgress>
    {
        public void Report(ModelDownloadProgress value) =>
            Console.WriteLine($"   {value.BytesDone / 1e6,6:0.0} of {value.BytesTotal / 1e6:0.0} MB, {value.BytesReused / 1e6:0.0} reused{(value.BytesPerSecond > 0 ? $", {value.BytesPerSecond / 1e6:0} MB/s" : "")}");
    }
}
