using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Models;
using ModelPersistence.Publishing;

namespace ModelPersistence.Download.Harness;

/// <summary>A repository with two published versions: one of one large file, one of many small ones. Their bytes are random, from a seed.</summary>
internal sealed class ServedTree
{
    public const string Bucket = "models";
    public const string ListingName = "listing.xml";
    private const string Version = "1.0.0";
    private const int SetCount = 40;
    private const int SetSize = 4 << 20;

    private ServedTree(string root, Served single, Served set) => (Root, Single, Set) = (root, single, set);

    /// <summary>The folder that holds the bucket.</summary>
    public string Root { get; }

    public Served Single { get; }

    public Served Set { get; }

    public static async Task<ServedTree> CreateAsync(string root, string scratch, int megabytes)
    {
        var services = new ServiceCollection();
        var repository = Path.Combine(root, Bucket);
        Directory.CreateDirectory(repository);
        services.AddModelManagement(static options => options.EagerStart = false).AddSharedVolume(repository);
        await using var provider = services.BuildServiceProvider();
        var publishing = provider.GetRequiredService<IModelRepository>();
        return new ServedTree(
            root,
            await PublishAsync("object", 1, (long)megabytes << 20),
            await PublishAsync("set", SetCount, SetSize));

        async Task<Served> PublishAsync(string name, int count, long size)
        {
            var source = Path.Combine(scratch, name);
            Directory.CreateDirectory(source);
            for (var i = 0; i < count; i++)
            {
                RandomFile.Write(Path.Combine(source, count == 1 ? "model.onnx" : $"part-{i:00}.onnx"), size, seed: i + count);
            }

            var entry = count == 1 ? "model.onnx" : "part-00.onnx";
            await publishing.PublishAsync(source, name, ModelVersion.Parse(Version), new PublishOptions { Entry = entry });
            Directory.Delete(source, recursive: true);
            return Served.Read(repository, name, Version);
        }
    }
}
