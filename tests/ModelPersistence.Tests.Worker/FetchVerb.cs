using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Configuration;
using ModelPersistence.Http;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Store;
using ModelPersistence.Transfer;

namespace ModelPersistence.Tests.Worker;

/// <summary>
/// Fetches one version from a folder that stands for a provider far away, or from a web server: <c>--source|--url --cache --model --version
/// [--volume folder] [--stop-after bytes] [--streams count] [--no-locks]</c>. Writes how many bytes it read and how the files are trusted.
/// </summary>
internal static class FetchVerb
{
    public static async Task<int> RunAsync(Options options)
    {
        var time = TimeProvider.System;
        var version = ModelVersion.Parse(options["version"]);
        IStorageProvider source = options.Has("url")
            ? new ObjectRepository("remote", new HttpObjectStore(new HttpProviderOptions { BaseAddress = new Uri(options["url"]) }, CreateClient(), ownsClient: true, time))
            : new DirectoryProvider(new DirectoryProviderOptions { Name = "remote", Path = options["source"], LocalPaths = false }, time);
        SlowProvider remote = new(source, options.Number("stop-after", long.MaxValue));
        StoreFolder cache = new(options["cache"], "cache", time, StoreFolderKind.Cache);
        StoreFolder[] shared = options.Has("volume") ? [new StoreFolder(options["volume"], "volume", time, StoreFolderKind.Shared, MapFrom.InPlace)] : [];
        await using ModelStore store = new(
            new StoreSettings { Transfer = new TransferSettings { MaxStreams = (int)options.Number("streams", 1), FirstBackoff = TimeSpan.Zero } }, [remote], shared, cache, time, NullLogger<ModelStore>.Instance, options.Has("no-locks") ? NoLocks.Instance : null);

        var document = await remote.GetManifestAsync(options["model"], version, CancellationToken.None) ?? throw new InvalidOperationException("There is no such version.");
        ResolvedModel model = new() { Reference = ModelReference.For(options["model"], version), Version = version, Provider = remote, Document = document };
        Report("ready");
        await Console.In.ReadLineAsync();

        var stored = await store.FetchAsync(model, keepGoing: true, CancellationToken.None);
        var local = await store.VerifyAsync(stored, keepGoing: true, CancellationToken.None);
        Report($"done {remote.BytesRead} {local.Trust} {local.EntryPath}");
        return 0;
    }

    /// <summary>Keeps little in the system's buffers, so that a test that kills this process can count what it had really read.</summary>
    private static HttpClient CreateClient()
    {
        var handler = HttpTransport.CreateHandler();
        handler.ConnectCallback = static async (context, cancellationToken) =>
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 32 << 10 };
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        };
        return HttpTransport.CreateClient(handler);
    }

    private static void Report(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
