using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Runtime;
using ModelPersistence.Store;

namespace ModelPersistence.Tests.Worker;

/// <summary>
/// Makes a version local and maps its weights, as a host that serves it: <c>--source --cache [--volume] --model --version</c>. For every line that
/// arrives it says the digest of what it has mapped; it ends with its input or is killed.
/// </summary>
internal static class HoldVersionVerb
{
    public static async Task<int> RunAsync(Options options)
    {
        var time = TimeProvider.System;
        var version = ModelVersion.Parse(options["version"]);
        DirectoryProvider source = new(new DirectoryProviderOptions { Name = "remote", Path = options["source"], LocalPaths = false }, time);
        StoreFolder cache = new(options["cache"], "cache", time, StoreFolderKind.Cache);
        StoreFolder[] volumes = options.Has("volume") ? [new StoreFolder(options["volume"], "volume", time, StoreFolderKind.Shared, MapFrom.InPlace)] : [];
        await using ModelStore store = new(new StoreSettings(), [source], volumes, cache, time, NullLogger<ModelStore>.Instance);
        var document = await source.GetManifestAsync(options["model"], version, CancellationToken.None) ?? throw new InvalidOperationException("There is no such version.");
        ResolvedModel model = new() { Reference = ModelReference.For(options["model"], version), Version = version, Provider = source, Document = document };
        var stored = await store.FetchAsync(model, keepGoing: true, CancellationToken.None);
        using var use = stored.Use;
        using var mapped = MappedFile.Open(stored.Files.MaxBy(static local => local.File.Size)!.FullPath);
        await SayAsync($"mapped {stored.Use.IsHeld}");
        while (await Console.In.ReadLineAsync() is not null)
        {
            await SayAsync($"reads {Digest(mapped)}");
        }

        return 0;
    }

    private static unsafe string Digest(MappedFile mapped) => Sha256Digest.Of(new ReadOnlySpan<byte>((void*)mapped.Address, checked((int)mapped.Length))).Hex;

    private static async Task SayAsync(string line)
    {
        await Console.Out.WriteLineAsync(line);
        await Console.Out.FlushAsync();
    }
}
