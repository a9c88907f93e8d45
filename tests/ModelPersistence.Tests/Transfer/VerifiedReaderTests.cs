using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Models;
using ModelPersistence.Tests.Integrity;
using ModelPersistence.Tests.Store;
using ModelPersistence.Tests.Support;
using ModelPersistence.Transfer;

namespace ModelPersistence.Tests.Transfer;

[CancelAfter(30_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class VerifiedReaderTests
{
    private const int Chunk = TestFiles.ChunkLength;

    private readonly byte[] _content = TestFiles.Bytes(10 * Chunk);
    private readonly ManualTimeProvider _time = new();
    private readonly TransferMeter _meter = new();
    private readonly ScriptedSource _source;

    public VerifiedReaderTests() => _source = new ScriptedSource(_content);

    private TransferSettings Settings { get; set; } = new() { FirstBackoff = TimeSpan.Zero };

    [Test]
    public async Task A_run_of_chunks_is_read_in_one_request(CancellationToken token)
    {
        Assert.That(await FillAsync(2, 3, token), Is.EqualTo(_content[(2 * Chunk)..(5 * Chunk)]));
        Assert.That(_source.Requests, Is.EqualTo(new[] { (2L * Chunk, 3L * Chunk) }));
        Assert.That(_meter.Received, Is.EqualTo(3 * Chunk));
    }

    [Test]
    public async Task A_wrong_chunk_is_read_again_alone_and_then_what_follows_it(CancellationToken token)
    {
        _source.Answer = static (request, bytes) =>
        {
            bytes[request == 1 ? (2 * Chunk) + 5 : 0] ^= (byte)(request <= 2 ? 1 : 0);
            return null;
        };

        Assert.That(await FillAsync(0, 10, token), Is.EqualTo(_content));
        Assert.That(_source.Requests, Is.EqualTo(new[] { (0L, 10L * Chunk), (2L * Chunk, Chunk), (2L * Chunk, Chunk), (3L * Chunk, 7L * Chunk) }));
    }

    [Test]
    public void A_chunk_that_stays_wrong_is_named_with_both_digests()
    {
        _source.Answer = static (_, bytes) =>
        {
            bytes[^1] ^= 1;
            return null;
        };

        var e = Assert.ThrowsAsync<ModelIntegrityException>(() => FillAsync(4, 1, CancellationToken.None));

        var wrong = _content[(4 * Chunk)..(5 * Chunk)];
        wrong[^1] ^= 1;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((e.File, e.Actual, e.Expected), Is.EqualTo(("weights.bin", (Sha256Digest?)Sha256Digest.Of(wrong), (Sha256Digest?)Sha256Digest.Of(_content.AsSpan((4 * Chunk)..(5 * Chunk))))));
            Assert.That(e.Message, Does.Contain("'source'").And.Contain("chunk 4").And.Contain("3 times"));
            Assert.That(_source.Requests, Has.Count.EqualTo(3));
        }
    }

    [Test]
    public async Task A_chunk_that_stays_wrong_comes_from_the_next_source(CancellationToken token)
    {
        _source.Answer = static (_, bytes) =>
        {
            bytes[0] ^= 1;
            return null;
        };
        ScriptedSource second = new(_content, "second");

        Assert.That(await FillAsync(0, 2, token, second), Is.EqualTo(_content[..(2 * Chunk)]));
        Assert.That(second.Requests, Is.EqualTo(new[] { (0L, 2L * Chunk) }));
    }

    [Test]
    public async Task A_stream_that_breaks_is_continued_after_the_last_right_chunk(CancellationToken token)
    {
        _source.Answer = static (request, bytes) => request == 1 ? new BrokenStream(bytes[..((3 * Chunk) + 100)], new IOException("cut")) : null;

        Assert.That(await FillAsync(0, 10, token), Is.EqualTo(_content));
        Assert.That(_source.Requests, Is.EqualTo(new[] { (0L, 10L * Chunk), (3L * Chunk, 7L * Chunk) }));
    }

    [Test]
    public async Task Faults_that_may_pass_are_waited_out_longer_and_longer(CancellationToken token)
    {
        Settings = new TransferSettings();
        _source.Answer = static (request, _) => request < 5 ? throw new IOException("reset") : null;
        var begun = _time.GetUtcNow();
        var filling = FillAsync(0, 1, token);
        while (!filling.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        // A single wait can be drawn as nothing; four of them cannot.
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await filling, Is.EqualTo(_content[..Chunk]));
            Assert.That(_source.Requests, Has.Count.EqualTo(5));
            Assert.That(_time.GetUtcNow(), Is.GreaterThan(begun));
        }
    }

    [TestCase(false, 5)]
    [TestCase(true, 8)]
    public void A_source_that_is_asked_too_often_gets_more_attempts_than_others(bool isThrottled, int attempts)
    {
        _source.Answer = (_, _) => throw new ModelStorageException("source", "busy", isTransient: true) { IsThrottled = isThrottled };

        Assert.That(async () => await FillAsync(0, 1, CancellationToken.None), Throws.TypeOf<ModelStorageException>().With.Message.EqualTo("busy"));
        Assert.That(_source.Requests, Has.Count.EqualTo(attempts));
        Assert.That(_meter.Throttled, Is.EqualTo(isThrottled ? attempts : 0));
    }

    [Test]
    public async Task While_a_source_wants_to_be_left_alone_the_meter_is_told_that_work_goes_on(CancellationToken token)
    {
        WaitingMeter meter = new();
        _source.Answer = static (request, _) => request == 1
            ? throw new ModelStorageException("source", "busy", isTransient: true) { IsThrottled = true, RetryAfter = TimeSpan.FromSeconds(30) }
            : null;
        VerifiedReader reader = new(
            TestModel.Create().Document.Manifest, new TransferSources([_source]), new TransferSettings { FirstBackoff = TimeSpan.FromTicks(1) }, _time, NullLogger.Instance, meter);
        var filling = reader.FillAsync(TestFiles.Describe("weights.bin", _content), 0, 1, new byte[Chunk], token);
        while (!filling.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await filling;
        Assert.That(meter.Signs, Is.GreaterThanOrEqualTo(1 + (30 / 5)), "one when it begins and one every five seconds");
    }

    [Test]
    public async Task A_source_that_failed_for_good_is_not_asked_again(CancellationToken token)
    {
        _source.Answer = static (_, _) => throw new ModelStorageException("source", "denied", isTransient: false);
        ScriptedSource second = new(_content, "second");
        TransferSources sources = new([_source, second]);
        await FillAsync(0, 1, sources, token);
        await FillAsync(1, 1, sources, token);

        Assert.That((_source.Requests.Count, second.Requests.Count), Is.EqualTo((1, 2)));
    }

    [Test]
    public async Task A_stream_that_lets_a_byte_drip_now_and_then_is_replaced_by_a_new_one(CancellationToken token)
    {
        _source.Answer = (request, bytes) => request == 1 ? new DrippingStream(bytes, () => _time.Advance(TimeSpan.FromSeconds(1))) : null;
        Assert.That(await FillAsync(0, 3, token), Is.EqualTo(_content[..(3 * Chunk)]));
        Assert.That(_source.Requests, Has.Count.EqualTo(2));
        Assert.That(_meter.Received, Is.LessThan((3 * Chunk) + 100));
    }

    [Test]
    public async Task A_stream_that_stands_still_is_replaced_by_a_new_one(CancellationToken token)
    {
        TaskCompletionSource standing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _source.Answer = (request, bytes) => request == 1 ? new BrokenStream(bytes[..(Chunk + 10)], onStanding: standing.SetResult) : null;
        var filling = FillAsync(0, 3, token);
        await standing.Task;
        _time.Advance(Settings.StallTimeout);

        Assert.That(await filling, Is.EqualTo(_content[..(3 * Chunk)]));
        Assert.That(_source.Requests[1], Is.EqualTo((1L * Chunk, 2L * Chunk)));
    }

    [Test]
    public void A_stream_that_always_stands_still_is_told_with_the_setting()
    {
        Settings = Settings with { TransientAttempts = 1 };
        _source.Answer = (_, _) => new BrokenStream([], onStanding: () => _time.Advance(Settings.StallTimeout));

        Assert.That(
            async () => await FillAsync(0, 1, CancellationToken.None),
            Throws.TypeOf<ModelStorageException>().With.Message.Contains("ModelManagement:StallTimeout").And.Property("IsTransient").True);
    }

    [Test]
    public async Task A_source_without_ranges_is_read_from_its_beginning(CancellationToken token)
    {
        _source.HasRanges = false;

        Assert.That(await FillAsync(4, 2, token), Is.EqualTo(_content[(4 * Chunk)..(6 * Chunk)]));
        Assert.That(_source.Requests, Is.EqualTo(new[] { (4L * Chunk, 2L * Chunk), (0L, 6L * Chunk) }));
    }

    [Test]
    public async Task A_chunk_that_somebody_else_brought_meanwhile_is_passed_by(CancellationToken token)
    {
        VerifiedReader reader = new(TestModel.Create().Document.Manifest, new TransferSources([_source]), Settings, _time, NullLogger.Instance, _meter);
        using StreamBuffer buffer = new(Chunk);
        OtherWriter target = new(buffer);
        await reader.ReadAsync(ChunkRun.Whole(TestFiles.Describe("weights.bin", _content)), target, buffer.Hash, token);

        Assert.That(target.Accepted, Is.EqualTo(new[] { 0, 2, 4, 6, 8 }));
        Assert.That(_source.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_caller_that_leaves_ends_the_work_and_blames_nobody()
    {
        using CancellationTokenSource leaving = new();
        _source.Answer = (_, bytes) => new BrokenStream(bytes[..10], onStanding: leaving.Cancel);

        Assert.That(async () => await FillAsync(0, 1, leaving.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_source.Requests, Has.Count.EqualTo(1));
    }

    private Task<byte[]> FillAsync(int first, int count, CancellationToken token, params ScriptedSource[] others) =>
        FillAsync(first, count, new TransferSources([_source, .. others]), token);

    private async Task<byte[]> FillAsync(int first, int count, TransferSources sources, CancellationToken token)
    {
        var manifest = TestModel.Create().Document.Manifest;
        VerifiedReader reader = new(manifest, sources, Settings, _time, NullLogger.Instance, _meter);
        var buffer = new byte[count * Chunk];
        await reader.FillAsync(TestFiles.Describe("weights.bin", _content), first, count, buffer, token);
        return buffer;
    }

    /// <summary>Every second chunk is there when its turn comes.</summary>
    private sealed class OtherWriter(StreamBuffer buffer) : IChunkTarget
    {
        public List<int> Accepted { get; } = [];

        public bool Needs(int chunk) => chunk % 2 == 0;

        public Memory<byte> Place(int chunk) => buffer.Memory[..Chunk];

        public void Accept(int chunk) => Accepted.Add(chunk);
    }

    private sealed class WaitingMeter : TransferMeter
    {
        private int _signs;

        public int Signs => Volatile.Read(ref _signs);

        public override void OnRetry() => Interlocked.Increment(ref _signs);
    }
}
