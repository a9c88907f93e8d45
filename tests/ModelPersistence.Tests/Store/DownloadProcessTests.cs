using System.Globalization;
using Microsoft.AspNetCore.Http;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Store;
using ModelPersistence.Tests.Integrity;
using ModelPersistence.Tests.Support;
using ModelPersistence.Tests.Support.Web;

namespace ModelPersistence.Tests.Store;

/// <summary>Real processes that download from a real server: killed at random, and many at once.</summary>
[CancelAfter(180_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DownloadProcessTests
{
    private const int Size = 64 << 20;
    private const int Streams = 8;
    private const int LongestChunk = 1 << 20;

    private readonly TemporaryFolder _folder = new();
    private readonly StaticObjects _objects = new();
    private readonly byte[] _content = TestFiles.Bytes(Size, seed: 6);
    private LoopbackServer _server = null!;
    private ManifestDocument _document = null!;
    private long _sent;
    private long _limit = long.MaxValue;
    private TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [SetUp]
    public async Task StartAsync()
    {
        _document = ManifestDocument.Create(TestModel.Create().Document.Manifest with { Files = [Describe(_content)] });
        _objects.Put("m/1.0.0/manifest.json", _document.Utf8Json.ToArray(), "application/json");

        // What lies in the buffers between when a process is killed counts as sent; so those are kept small, in the worker as well.
        _server = await LoopbackServer.StartAsync(AnswerAsync, sendBuffer: 32 << 10);
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task A_download_that_is_killed_twenty_times_fetches_little_twice(CancellationToken cancellationToken)
    {
        Random random = new(20);
        long kept = 0;
        for (var kill = 0; kill < 20; kill++)
        {
            var before = Begin(limit: random.Next(64 << 10, 5 << 20));
            using (var killed = Fetch("--cache", _folder["cache"]))
            {
                await killed.ExpectAsync("ready", cancellationToken);
                killed.Go();
                await _reached.Task.WaitAsync(cancellationToken);
                await killed.KillAsync(cancellationToken);
            }

            var (sent, verified) = (Interlocked.Read(ref _sent) - before, VerifiedBytes());
            Assert.That(kept + sent - verified, Is.LessThanOrEqualTo(Streams * LongestChunk), $"kill {kill} after {sent} bytes");
            Assert.That(verified, Is.GreaterThanOrEqualTo(kept), $"kill {kill} lost what was there");
            kept = verified;
        }

        Assert.That(kept, Is.GreaterThan(0));
        var last = Begin(limit: long.MaxValue);
        using var next = Fetch("--cache", _folder["cache"]);
        await next.ExpectAsync("ready", cancellationToken);
        next.Go();
        await next.ExpectAsync("done", cancellationToken);

        Assert.That(Interlocked.Read(ref _sent) - last, Is.EqualTo(Size - kept));
        AssertWhole(_folder["cache"]);
    }

    [Test]
    public async Task Eight_processes_on_one_volume_make_the_server_send_each_byte_once(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_folder["volume"]);
        var processes = Enumerable.Range(0, 8).Select(host => Fetch("--volume", _folder["volume"], "--cache", _folder[$"cache-{host}"])).ToList();
        try
        {
            foreach (var process in processes)
            {
                await process.ExpectAsync("ready", cancellationToken);
            }

            processes.ForEach(static process => process.Go());
            foreach (var process in processes)
            {
                Assert.That(await process.ExpectAsync("done", cancellationToken), Does.Contain(nameof(TrustBasis.Hashed)).And.EndsWith(_folder["volume/m/1.0.0/model.onnx"]));
                Assert.That(await process.ExitAsync(cancellationToken), Is.Zero);
            }
        }
        finally
        {
            processes.ForEach(static process => process.Dispose());
        }

        Assert.That(Interlocked.Read(ref _sent), Is.EqualTo(Size));
        AssertWhole(_folder["volume"]);
    }

    private static ModelFile Describe(byte[] content)
    {
        Random random = new(7);
        List<ModelChunk> chunks = [];
        for (var offset = 0; offset < content.Length; offset += chunks[^1].Length)
        {
            var length = Math.Min(content.Length - offset, random.Next(256 << 10, LongestChunk + 1));
            chunks.Add(new ModelChunk(length, Sha256Digest.Of(content.AsSpan(offset, length))));
        }

        return new ModelFile { Path = "model.onnx", Size = content.Length, Sha256 = Sha256Digest.Of(content), Chunks = chunks };
    }

    /// <summary>From now on the test is told when so many bytes more have been sent.</summary>
    private long Begin(long limit)
    {
        _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sent = Interlocked.Read(ref _sent);
        Interlocked.Exchange(ref _limit, limit == long.MaxValue ? limit : sent + limit);
        return sent;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Headers.Range is not [{ } range])
        {
            await _objects.HandleAsync(context);
            return;
        }

        var bounds = range["bytes=".Length..].Split('-').Select(static bound => int.Parse(bound, CultureInfo.InvariantCulture)).ToArray();
        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        context.Response.ContentType = "application/octet-stream";
        context.Response.Headers.ContentRange = $"bytes {bounds[0]}-{bounds[1]}/{Size}";
        context.Response.ContentLength = bounds[1] - bounds[0] + 1;
        try
        {
            for (var at = bounds[0]; at <= bounds[1];)
            {
                var length = Math.Min(16 << 10, bounds[1] - at + 1);
                await context.Response.Body.WriteAsync(_content.AsMemory(at, length), context.RequestAborted);
                at += length;
                if (Interlocked.Add(ref _sent, length) >= Interlocked.Read(ref _limit))
                {
                    // No more until the process is gone, however long that takes.
                    _reached.TrySetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The process was killed.
        }
    }

    /// <summary>What is in the partial file and right, however it came there.</summary>
    private long VerifiedBytes()
    {
        var partials = Directory.Exists(_folder["cache/.partial"]) ? Directory.GetFiles(_folder["cache/.partial"], "*.part") : [];
        if (partials.Length == 0)
        {
            return 0;
        }

        using var handle = File.OpenHandle(partials.Single());
        using ChunkHasher hasher = new();
        long offset = 0, verified = 0;
        foreach (var chunk in _document.Manifest.Files[0].Chunks)
        {
            verified += hasher.TryHash(handle, offset, chunk.Length, out var actual) && actual == chunk.Sha256 ? chunk.Length : 0;
            offset += chunk.Length;
        }

        return verified;
    }

    private void AssertWhole(string root) =>
        Assert.That(File.ReadAllBytes(Path.Combine(root, "m/1.0.0/model.onnx")).AsSpan().SequenceEqual(_content), Is.True);

    private WorkerProcess Fetch(params string[] options) =>
        new(["fetch", "--url", _server.Address.ToString(), "--model", "m", "--version", "1.0.0", "--streams", Streams.ToString(CultureInfo.InvariantCulture), .. options]);
}
