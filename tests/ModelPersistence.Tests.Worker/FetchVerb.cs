using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Store;
using ModelPersistence.Transfer;

namespace ModelPersistence.Tests.Worker;

/// <summary>
/// Fetches one version from a folder that stands for a provider far away: <c>--source --cache --model --version [--volume folder]
/// [--stop-after bytes] [--no-locks]</c>. Writes how many bytes it read and how the files are trusted.
/// </summary>
internal static class FetchVerb
{
    public static async Task<int> RunAsync(Options options)
    {
        var time = TimeProvider.System;
        var version = ModelVersion.Parse(options["version"]);
        DirectoryProvider tree = new(new DirectoryProviderOptions { Name = "remote", Path = options["source"], LocalPaths = false }, time);
        SlowProvider remote = new(tree, options.Number("stop-after", long.MaxValue));
        StoreFolder cache = new(options["cache"], "cache", time, StoreFolderKind.Cache);
        StoreFolder[] shared = options.Has("volume") ? [new StoreFolder(options["volume"], "volume", time, StoreFolderKind.Shared, MapFrom.InPlace)] : [];
        await using ModelStore store = new(
            new StoreSettings { Transfer = new TransferSettings { MaxStreams = 1, FirstBackoff = TimeSpan.Zero } }, [remote], shared, cache, time, NullLogger<ModelStore>.Instance, options.Has("no-locks") ? NoLocks.Instance : null);

        var document = await remote.GetManifestAsync(options["model"], version, CancellationToken.None) ?? throw new InvalidOperationException("There is no such version.");
        ResolvedModel model = new() { Reference = ModelReference.For(options["model"], version), Version = version, Provider = remote, Document = document };
        Report("ready");
        await Console.In.ReadLineAsync();

        var stored = await store.FetchAsync(model, keepGoing: true, CancellationToken.None);
        var local = await store.VerifyAsync(stored, keepGoing: true, CancellationToken.None);
        Report($"done {remote.BytesRead} {local.Trust} {local.EntryPath}");
        return 0;
    }

    private static void Report(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
