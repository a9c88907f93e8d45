using System.Text;
using Amazon.S3.Model;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Support.Web;

namespace ModelPersistence.Tests.Aws;

/// <summary>What the store promises, on servers that others wrote.</summary>
[TestFixture(RealServer.Ceph)]
[TestFixture(RealServer.Moto)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Category(RealServer.Category)]
[CancelAfter(60_000)]
internal sealed class S3ObjectStoreTests(string server)
{
    private const int Part = 5 << 20;

    private S3Scene _scene = null!;

    [SetUp]
    public async Task StartAsync() => _scene = await S3Scene.StartAsync(server);

    [TearDown]
    public async Task StopAsync()
    {
        if (_scene is not null)
        {
            await _scene.DisposeAsync();
        }
    }

    [Test]
    public async Task What_was_written_is_read_with_its_tag(CancellationToken cancellationToken)
    {
        var store = _scene.Store();
        var tag = await store.TryWriteAsync("sentiment/1.0.0/manifest.json", "{}"u8.ToArray(), WriteCondition.None, cancellationToken);
        var read = await store.ReadAsync("sentiment/1.0.0/manifest.json", 100, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Encoding.UTF8.GetString(read!.Content.Span), Is.EqualTo("{}"));
            Assert.That(read.ETag, Is.EqualTo(tag).And.Not.Empty);
            Assert.That(await _scene.KeysAsync(), Is.EqualTo(["prod/sentiment/1.0.0/manifest.json"]));
        }
    }

    [Test]
    public async Task A_missing_object_is_null_and_a_missing_bucket_is_not(CancellationToken cancellationToken)
    {
        Assert.That(await _scene.Store().ReadAsync("nothing", 100, cancellationToken), Is.Null);
        var elsewhere = _scene.Store(static options => options.BucketName += "-not-there");
        Assert.That(
            async () => await elsewhere.ReadAsync("nothing", 100, cancellationToken),
            Throws.InstanceOf<ModelStorageException>().With.Message.Contains("no such bucket").And.Message.Contains("BucketName").And.Property("IsTransient").False);
    }

    [Test]
    public async Task A_document_larger_than_the_bound_is_refused(CancellationToken cancellationToken)
    {
        var store = _scene.Store();
        await store.TryWriteAsync("manifest.json", new byte[101], WriteCondition.None, cancellationToken);
        Assert.That(await store.ReadAsync("manifest.json", 101, cancellationToken), Is.Not.Null);
        Assert.That(async () => await store.ReadAsync("manifest.json", 100, cancellationToken), Throws.InstanceOf<ModelIntegrityException>());
    }

    [Test]
    public async Task An_empty_object_is_read_as_empty(CancellationToken cancellationToken)
    {
        var store = _scene.Store();
        var tag = await store.TryWriteAsync("empty", ReadOnlyMemory<byte>.Empty, WriteCondition.Absent, cancellationToken);
        await store.UploadAsync("empty too", new BytesContent([]), cancellationToken);
        var read = await store.ReadAsync("empty", 10, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((read!.Content.Length, read.ETag), Is.EqualTo((0, tag)));
            Assert.That((await store.ReadAsync("empty too", 10, cancellationToken))!.Content.Length, Is.Zero);
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_range_holds_exactly_the_bytes_that_were_asked_for(bool presigned, CancellationToken cancellationToken)
    {
        var content = Bytes(100_000);
        var store = _scene.Store(options => options.UsePresignedRequests = presigned);
        await store.UploadAsync("a b+c/~ü.bin", new BytesContent(content), cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await ReadAsync(store, 0, 100_000, cancellationToken), Is.EqualTo(content));
            Assert.That(await ReadAsync(store, 1_234, 50_000, cancellationToken), Is.EqualTo(content[1_234..51_234]));
            Assert.That(await ReadAsync(store, 99_999, 10, cancellationToken), Is.EqualTo(content[99_999..]));
            Assert.That(await ReadAsync(store, 100_000, 10, cancellationToken), Is.Empty);
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_object_that_was_overwritten_between_two_ranges_is_read_on(bool presigned, CancellationToken cancellationToken)
    {
        var store = _scene.Store(options => options.UsePresignedRequests = presigned);
        await store.UploadAsync("a b+c/~ü.bin", new BytesContent(Bytes(1000)), cancellationToken);
        await ReadAsync(store, 0, 500, cancellationToken);
        var other = Bytes(1000, seed: 2);
        await store.UploadAsync("a b+c/~ü.bin", new BytesContent(other), cancellationToken);
        Assert.That(await ReadAsync(store, 500, 500, cancellationToken), Is.EqualTo(other[500..]));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_range_of_a_missing_object_says_what_to_do(bool presigned, CancellationToken cancellationToken) =>
        Assert.That(
            async () => await _scene.Store(options => options.UsePresignedRequests = presigned).OpenReadAsync("nothing.bin", 0, 10, cancellationToken),
            Throws.InstanceOf<ModelStorageException>().With.Message.Contains("no such object").And.Message.Contains("prod/nothing.bin").And.Property("IsTransient").False);

    [Test]
    public async Task Of_two_writers_of_a_new_object_one_wins(CancellationToken cancellationToken)
    {
        var store = _scene.Store();
        var tags = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => store.TryWriteAsync("manifest.json", new[] { (byte)i }, WriteCondition.Absent, cancellationToken).AsTask()));
        var winner = Array.FindIndex(tags, static tag => tag is not null);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tags.Count(static tag => tag is not null), Is.EqualTo(1));
            Assert.That((await store.ReadAsync("manifest.json", 10, cancellationToken))!.Content.ToArray(), Is.EqualTo(new[] { (byte)winner }));
        }
    }

    [Test]
    public async Task A_write_with_the_tag_of_an_older_object_changes_nothing(CancellationToken cancellationToken)
    {
        var store = _scene.Store();
        var first = await store.TryWriteAsync("aliases.json", "1"u8.ToArray(), WriteCondition.Absent, cancellationToken);
        var second = await store.TryWriteAsync("aliases.json", "2"u8.ToArray(), WriteCondition.Unchanged(first!), cancellationToken);
        var late = await store.TryWriteAsync("aliases.json", "3"u8.ToArray(), WriteCondition.Unchanged(first!), cancellationToken);
        var missing = await store.TryWriteAsync("other.json", "3"u8.ToArray(), WriteCondition.Unchanged(first!), cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(second, Is.Not.Null);
            Assert.That(late, Is.Null);
            Assert.That(missing, Is.Null);
            Assert.That((await store.ReadAsync("aliases.json", 10, cancellationToken))!.Content.ToArray(), Is.EqualTo("2"u8.ToArray()));
            Assert.That(await _scene.KeysAsync(), Is.EqualTo(["prod/aliases.json"]), "nothing that was tried on the way stays");
        }
    }

    [Test]
    public async Task Equal_content_does_not_make_a_loser_a_winner(CancellationToken cancellationToken)
    {
        var store = _scene.Store();
        Assert.That(await store.TryWriteAsync("manifest.json", "1"u8.ToArray(), WriteCondition.Absent, cancellationToken), Is.Not.Null);
        Assert.That(await store.TryWriteAsync("manifest.json", "1"u8.ToArray(), WriteCondition.Absent, cancellationToken), Is.Null);
    }

    [Test]
    public async Task Concurrent_updates_by_tag_lose_none(CancellationToken cancellationToken)
    {
        var store = _scene.Store();
        await store.TryWriteAsync("count", new byte[] { 0 }, WriteCondition.Absent, cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            for (var done = 0; done < 5;)
            {
                var found = (await store.ReadAsync("count", 1, cancellationToken))!;
                byte[] next = [(byte)(found.Content.Span[0] + 1)];
                done += await store.TryWriteAsync("count", next, WriteCondition.Unchanged(found.ETag), cancellationToken) is null ? 0 : 1;
            }
        }));
        Assert.That((await store.ReadAsync("count", 1, cancellationToken))!.Content.Span[0], Is.EqualTo(20));
    }

    [Test]
    public async Task A_large_file_goes_in_parts_and_comes_back_whole(CancellationToken cancellationToken)
    {
        var content = Bytes((3 * Part) + 17);
        var store = _scene.Store(static options => (options.MultipartThreshold, options.PartSize) = (Part, Part));
        await store.UploadAsync("a b+c/~ü.bin", new BytesContent(content), cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await ReadAsync(store, 0, content.Length, cancellationToken), Is.EqualTo(content));
            Assert.That((await _scene.Client.GetObjectMetadataAsync(_scene.Bucket, "prod/a b+c/~ü.bin", cancellationToken)).ETag, Does.EndWith("-4\""), "four parts");
        }
    }

    [Test]
    public async Task An_upload_that_fails_midway_leaves_neither_object_nor_parts(CancellationToken cancellationToken)
    {
        var store = _scene.Store(static options => (options.MultipartThreshold, options.PartSize, options.MaxErrorRetry, options.MaxUploadStreams) = (Part, Part, 0, 1));
        BytesContent content = new(Bytes(3 * Part)) { Reading = static offset => { if (offset >= 2 * Part) { throw new InvalidDataException("the disk"); } } };
        Assert.That(async () => await store.UploadAsync("big.bin", content, cancellationToken), Throws.Exception);
        var left = await _scene.Client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = _scene.Bucket }, cancellationToken);
        Assert.That((left.MultipartUploads?.Count ?? 0, (await _scene.KeysAsync()).Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task A_listing_goes_over_more_pages_than_one_and_folders_stand_for_what_is_below(CancellationToken cancellationToken)
    {
        var store = _scene.Store();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 1_205),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
            async (i, stop) => await _scene.Client.PutObjectAsync(new PutObjectRequest { BucketName = _scene.Bucket, Key = $"prod/m{i % 5}/{i}.0.0/manifest.json", ContentBody = "{}" }, stop));
        await _scene.Client.PutObjectAsync(new PutObjectRequest { BucketName = _scene.Bucket, Key = "production/other.json", ContentBody = "{}" }, cancellationToken);
        var all = await ListAsync(store, "", recursive: true, cancellationToken);
        var folders = await ListAsync(store, "", recursive: false, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(all, Has.Count.EqualTo(1_205));
            Assert.That(all.Select(static entry => entry.Key), Is.Unique.And.All.StartsWith("m"));
            Assert.That(all, Has.All.Property("Size").EqualTo(2));
            Assert.That(folders.Select(static entry => entry.Key), Is.EquivalentTo(["m0/", "m1/", "m2/", "m3/", "m4/"]));
        }

        await store.DeleteAsync([.. all.Select(static entry => entry.Key), "not/there"], cancellationToken);
        Assert.That(await _scene.KeysAsync(), Is.EqualTo(["production/other.json"]));
    }

    private static async Task<byte[]> ReadAsync(IObjectStore store, long offset, long length, CancellationToken cancellationToken)
    {
        await using var stream = await store.OpenReadAsync("a b+c/~ü.bin", offset, length, cancellationToken);
        using MemoryStream copy = new();
        await stream.CopyToAsync(copy, cancellationToken);
        return copy.ToArray();
    }

    private static async Task<List<ObjectEntry>> ListAsync(IObjectStore store, string prefix, bool recursive, CancellationToken cancellationToken)
    {
        List<ObjectEntry> entries = [];
        await foreach (var entry in store.ListAsync(prefix, recursive, cancellationToken))
        {
            entries.Add(entry);
        }

        return entries;
    }

    private static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
