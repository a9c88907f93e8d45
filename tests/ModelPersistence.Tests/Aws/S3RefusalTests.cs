using System.Collections.Concurrent;
using System.Globalization;
using Amazon.Runtime;
using Microsoft.AspNetCore.Http;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Aws;

/// <summary>What the provider does with answers that S3 gives on bad days, and with those of servers that are none.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[CancelAfter(60_000)]
internal sealed class S3RefusalTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 1000).Select(static i => (byte)i)];

    private LoopbackS3 _s3 = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _s3 = await LoopbackS3.StartAsync();
        _s3.Put("a.bin", Content);
    }

    [TearDown]
    public async Task StopAsync() => await _s3.DisposeAsync();

    [TestCase(+60, true)]
    [TestCase(-60, true)]
    [TestCase(+60, false)]
    [TestCase(-60, false)]
    public async Task A_skewed_clock_is_offset_by_the_servers(int minutes, bool presigned, CancellationToken cancellationToken)
    {
        var refused = 0;
        ConcurrentQueue<int> lifetimes = new();
        _s3.Instead = async (context, _) =>
        {
            var now = DateTimeOffset.UtcNow.AddMinutes(minutes);
            var isPresigned = context.Request.Query.ContainsKey("X-Amz-Date");
            var date = isPresigned ? context.Request.Query["X-Amz-Date"] : context.Request.Headers["x-amz-date"];
            var signed = DateTimeOffset.ParseExact(date.ToString(), "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            context.Response.Headers.Date = now.ToString("r", CultureInfo.InvariantCulture);
            lifetimes.Enqueue(isPresigned ? int.Parse(context.Request.Query["X-Amz-Expires"].ToString(), CultureInfo.InvariantCulture) : 900);
            if ((signed - now).Duration() < TimeSpan.FromMinutes(15))
            {
                return false;
            }

            Interlocked.Increment(ref refused);
            return isPresigned
                ? await LoopbackS3.RefuseAsync(context, 403, "AccessDenied", minutes > 0 ? "Request has expired" : "Request is not yet valid")
                : await LoopbackS3.RefuseAsync(context, 403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.");
        };
        var store = _s3.Store(options => options.UsePresignedRequests = presigned);
        Assert.That(await ReadAsync(store, 10, 100, cancellationToken), Is.EqualTo(Content[10..110]));
        Assert.That(await ReadAsync(store, 110, 100, cancellationToken), Is.EqualTo(Content[110..210]));
        Assert.That(refused, Is.InRange(1, 2), "The difference is known from the first refusal on.");
        Assert.That(lifetimes, Has.All.InRange(800, 900), "A signature holds for a quarter of an hour, whatever this host's clock says.");
    }

    [Test]
    public void A_clock_that_stays_wrong_is_named(CancellationToken cancellationToken)
    {
        _s3.Instead = static (context, _) => LoopbackS3.RefuseAsync(context, 403, "RequestTimeTooSkewed");
        Assert.That(
            async () => await ReadAsync(_s3.Store(), 0, 10, cancellationToken),
            Throws.InstanceOf<ModelStorageException>().With.Message.Contains("clocks").And.Message.Contains("NTP").And.Property("IsTransient").False);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Expired_credentials_are_asked_for_anew(bool presigned, CancellationToken cancellationToken)
    {
        _s3.Instead = static (context, _) =>
            (context.Request.Query.TryGetValue("X-Amz-Security-Token", out var token) ? token : context.Request.Headers["x-amz-security-token"]) == "token-2"
                ? Task.FromResult(false)
                : LoopbackS3.RefuseAsync(context, 400, "ExpiredToken", "The provided token has expired.");
        using Session session = new();
        var store = _s3.Store(options => (options.Credentials, options.UsePresignedRequests) = (session, presigned));
        Assert.That(await ReadAsync(store, 0, 10, cancellationToken), Is.EqualTo(Content[..10]));
        Assert.That(await ReadAsync(store, 10, 10, cancellationToken), Is.EqualTo(Content[10..20]));
        Assert.That(session.Generated, Is.EqualTo(2));
    }

    [Test]
    public void Credentials_that_stay_expired_are_named(CancellationToken cancellationToken)
    {
        _s3.Instead = static (context, _) => LoopbackS3.RefuseAsync(context, 400, "ExpiredToken");
        using Session session = new();
        var store = _s3.Store(options => options.Credentials = session);
        Assert.That(async () => await ReadAsync(store, 0, 10, cancellationToken), Throws.InstanceOf<ModelStorageException>().With.Message.Contains("have expired"));
        Assert.That(async () => await store.ReadAsync("a.bin", 9999, cancellationToken), Throws.InstanceOf<ModelStorageException>().With.Message.Contains("have expired"));
    }

    [Test]
    public void A_listing_that_repeats_its_page_ends(CancellationToken cancellationToken)
    {
        _s3.Instead = static (context, _) => ListingAsync(context, "<KeyCount>1</KeyCount><Contents><Key>m/x</Key><Size>1</Size></Contents>", "same");
        Assert.That(async () => await ListAsync(cancellationToken), Throws.InstanceOf<ModelStorageException>().With.Message.Contains("does not go on").And.Property("IsTransient").False);
        Assert.That(_s3.Requests, Is.EqualTo(2));
    }

    [Test]
    public void A_listing_of_empty_pages_ends(CancellationToken cancellationToken)
    {
        _s3.Instead = static (context, number) => ListingAsync(context, "<KeyCount>0</KeyCount>", $"page-{number}");
        Assert.That(async () => await ListAsync(cancellationToken), Throws.InstanceOf<ModelStorageException>().With.Message.Contains("does not go on"));
        Assert.That(_s3.Requests, Is.LessThanOrEqualTo(100));
    }

    [Test]
    public void A_listing_that_never_ends_is_bounded(CancellationToken cancellationToken)
    {
        _s3.Instead = static (context, number) => ListingAsync(
            context,
            "<KeyCount>1000</KeyCount>" + string.Concat(Enumerable.Range(0, 1000).Select(i => $"<Contents><Key>m/{number}.{i}.0/manifest.json</Key><Size>1</Size></Contents>")),
            $"page-{number}");
        Assert.That(
            async () =>
            {
                await foreach (var _ in _s3.Repository().ListVersionsAsync("m", cancellationToken))
                {
                }
            },
            Throws.InstanceOf<ModelStorageException>().With.Message.Contains("does not end"));
        Assert.That(_s3.Requests, Is.LessThanOrEqualTo((ObjectRepository.MaxListed / 1000) + 1));
    }

    [Test]
    public async Task A_listing_is_asked_for_only_as_far_as_it_is_read(CancellationToken cancellationToken)
    {
        _s3.Instead = static (context, number) => ListingAsync(context, $"<KeyCount>1</KeyCount><Contents><Key>m/{number}</Key><Size>1</Size></Contents>", $"page-{number}");
        await foreach (var _ in _s3.Store().ListAsync("", recursive: true, cancellationToken))
        {
            break;
        }

        Assert.That(_s3.Requests, Is.EqualTo(1));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_web_page_is_not_taken_for_an_object(bool presigned, CancellationToken cancellationToken)
    {
        _s3.Instead = static async (context, _) =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.WriteAsync("<!doctype html><title>Sign in</title>", context.RequestAborted);
            return true;
        };
        var store = _s3.Store(options => options.UsePresignedRequests = presigned);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(async () => await store.ReadAsync("a.bin", 9999, cancellationToken), Throws.InstanceOf<ModelStorageException>().With.Message.Contains("web page"));
            Assert.That(async () => await ReadAsync(store, 0, 10, cancellationToken), Throws.InstanceOf<ModelStorageException>().With.Message.Contains("web page"));
            Assert.That(async () => await ListAsync(cancellationToken), Throws.InstanceOf<ModelStorageException>().With.Message.Contains("web page").And.Property("IsTransient").False);
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_server_that_ignores_ranges_is_told_apart(bool presigned, CancellationToken cancellationToken)
    {
        _s3.Instead = static (context, _) =>
        {
            context.Request.Headers.Remove("Range");
            return Task.FromResult(false);
        };
        var store = _s3.Store(options => options.UsePresignedRequests = presigned);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(async () => await ReadAsync(store, 0, 10, cancellationToken), Is.EqualTo(Content[..10]));
            Assert.That(async () => await ReadAsync(store, 10, 10, cancellationToken), Throws.InstanceOf<RangesNotSupportedException>());
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public void The_right_region_is_named(bool presigned, CancellationToken cancellationToken)
    {
        _s3.Instead = static (context, _) =>
        {
            context.Response.Headers["x-amz-bucket-region"] = "eu-central-1";
            return LoopbackS3.RefuseAsync(context, 301, "PermanentRedirect", "Address it by its own endpoint.");
        };
        Assert.That(
            async () => await ReadAsync(_s3.Store(options => options.UsePresignedRequests = presigned), 0, 10, cancellationToken),
            Throws.InstanceOf<ModelStorageException>().With.Message.Contains("Set Region to eu-central-1").And.Property("IsTransient").False);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Throttling_is_transient_and_says_how_long(bool presigned, CancellationToken cancellationToken)
    {
        _s3.Instead = static (context, _) =>
        {
            context.Response.Headers.RetryAfter = "7";
            return LoopbackS3.RefuseAsync(context, 503, "SlowDown", "Please reduce your request rate.");
        };
        var fault = Assert.ThrowsAsync<ModelStorageException>(async () => await ReadAsync(_s3.Store(options => options.UsePresignedRequests = presigned), 0, 10, cancellationToken));
        Assert.That((fault!.IsTransient, fault.IsThrottled, fault.RetryAfter), Is.EqualTo((true, true, TimeSpan.FromSeconds(7))));
    }

    [Test]
    public async Task The_SDK_repeats_what_was_throttled(CancellationToken cancellationToken)
    {
        _s3.Instead = static (context, number) => number == 1 ? LoopbackS3.RefuseAsync(context, 503, "SlowDown") : Task.FromResult(false);
        Assert.That((await _s3.Store().ReadAsync("a.bin", 9999, cancellationToken))!.Content.ToArray(), Is.EqualTo(Content));
    }

    [Test]
    public async Task A_document_whose_body_breaks_off_is_read_again(CancellationToken cancellationToken)
    {
        _s3.Instead = static async (context, number) =>
        {
            if (number > 1)
            {
                return false;
            }

            context.Response.ContentLength = Content.Length;
            await context.Response.Body.WriteAsync(Content.AsMemory(0, 500), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
            return true;
        };
        Assert.That((await _s3.Store().ReadAsync("a.bin", 9999, cancellationToken))!.Content.ToArray(), Is.EqualTo(Content));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_answer_that_never_comes_is_given_up(bool presigned, CancellationToken cancellationToken)
    {
        ManualTimeProvider time = new();
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _s3.Instead = async (context, _) =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return true;
        };
        var reading = ReadAsync(_s3.Store(options => (options.UsePresignedRequests, options.MaxErrorRetry) = (presigned, 0), time), 0, 10, cancellationToken);
        await asked.Task.WaitAsync(cancellationToken);
        Assert.That(reading.IsCompleted, Is.False);
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.That(async () => await reading, Throws.InstanceOf<ModelStorageException>().With.Message.Contains("15 s").And.Message.Contains("AttemptTimeout").And.Property("IsTransient").True);
    }

    [Test]
    public async Task An_upload_that_nobody_takes_is_given_up(CancellationToken cancellationToken)
    {
        ManualTimeProvider time = new();
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _s3.Instead = async (context, _) =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return true;
        };
        var store = _s3.Store(static options => (options.MaxErrorRetry, options.MultipartThreshold) = (0, 1L << 30), time);
        var uploading = store.UploadAsync("big.bin", new BytesContent(new byte[64 << 20]), cancellationToken);
        await asked.Task.WaitAsync(cancellationToken);
        while (!uploading.IsCompleted)
        {
            // What the sockets between still take counts as progress.
            time.Advance(TimeSpan.FromSeconds(15));
            await Task.Yield();
        }

        Assert.That(async () => await uploading, Throws.InstanceOf<ModelStorageException>().With.Message.Contains("AttemptTimeout").And.Property("IsTransient").True);
    }

    [Test]
    public async Task A_search_for_credentials_that_does_not_end_is_given_up(CancellationToken cancellationToken)
    {
        ManualTimeProvider time = new();
        using ManualResetEventSlim never = new();
        TaskCompletionSource searching = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = _s3.Store(
            options => options.Client = _ =>
            {
                searching.TrySetResult();
                never.Wait(cancellationToken);
                return null!;
            },
            time);
        var reading = store.ReadAsync("a.bin", 9999, cancellationToken).AsTask();
        await searching.Task.WaitAsync(cancellationToken);
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.That(async () => await reading, Throws.InstanceOf<ModelStorageException>().With.Property("IsTransient").True);
        never.Set();
    }

    [Test]
    public async Task A_document_that_stalls_is_given_up(CancellationToken cancellationToken)
    {
        ManualTimeProvider time = new();
        TaskCompletionSource sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _s3.Instead = async (context, _) =>
        {
            context.Response.ContentLength = Content.Length;
            await context.Response.Body.WriteAsync(Content.AsMemory(0, 500), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            sent.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return true;
        };
        var reading = _s3.Store(static options => options.MaxErrorRetry = 0, time).ReadAsync("a.bin", 9999, cancellationToken).AsTask();
        await sent.Task.WaitAsync(cancellationToken);
        while (!reading.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(15));
            await Task.Yield();
        }

        Assert.That(async () => await reading, Throws.InstanceOf<ModelStorageException>().With.Property("IsTransient").True);
    }

    [Test]
    public async Task A_conditional_write_whose_answer_was_lost_is_known_as_our_own(CancellationToken cancellationToken)
    {
        var lost = 0;
        _s3.Instead = async (context, _) =>
        {
            if (!HttpMethods.IsPut(context.Request.Method) || Interlocked.Increment(ref lost) > 1)
            {
                return false;
            }

            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            _s3.Store(context, body.ToArray());
            context.Abort();
            return true;
        };
        Assert.That(await _s3.Store().TryWriteAsync("manifest.json", "{}"u8.ToArray(), WriteCondition.Absent, cancellationToken), Is.Not.Null);
        Assert.That(lost, Is.EqualTo(2), "The SDK repeated the write, which then found the object there.");
    }

    [Test]
    public async Task A_store_that_keeps_bare_tags_only_is_understood(CancellationToken cancellationToken)
    {
        _s3.Instead = static (context, _) =>
        {
            if (context.Request.Headers.IfMatch is not [{ } tag] || !HttpMethods.IsPut(context.Request.Method))
            {
                return Task.FromResult(false);
            }

            context.Request.Headers.IfMatch = $"\"{tag}\"";
            return Task.FromResult(false);
        };
        var store = _s3.Store();
        var first = await store.TryWriteAsync("aliases.json", "1"u8.ToArray(), WriteCondition.Absent, cancellationToken);
        var second = await store.TryWriteAsync("aliases.json", "2"u8.ToArray(), WriteCondition.Unchanged(first!), cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(second, Is.Not.Null);
            Assert.That(await store.TryWriteAsync("aliases.json", "3"u8.ToArray(), WriteCondition.Unchanged(first!), cancellationToken), Is.Null);
            Assert.That(_s3.Get("aliases.json"), Is.EqualTo("2"u8.ToArray()));
        }
    }

    [Test]
    public async Task A_store_that_overlooks_bare_tags_is_not_trusted_with_them(CancellationToken cancellationToken)
    {
        _s3.Instead = static (context, _) =>
        {
            if (HttpMethods.IsPut(context.Request.Method) && context.Request.Headers.IfMatch is [{ } tag])
            {
                if (tag.StartsWith('"'))
                {
                    return LoopbackS3.RefuseAsync(context, 412, "PreconditionFailed");
                }

                context.Request.Headers.Remove("If-Match");
            }

            return Task.FromResult(false);
        };
        var store = _s3.Store();
        var first = await store.TryWriteAsync("aliases.json", "1"u8.ToArray(), WriteCondition.Absent, cancellationToken);
        Assert.That(await store.TryWriteAsync("aliases.json", "2"u8.ToArray(), WriteCondition.Unchanged(first!), cancellationToken), Is.Null);
        Assert.That(_s3.Get("aliases.json"), Is.EqualTo("1"u8.ToArray()));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_range_is_pinned_to_the_object_that_was_seen_first(bool presigned, CancellationToken cancellationToken)
    {
        List<string> conditions = [];
        _s3.Instead = (context, _) =>
        {
            conditions.Add(context.Request.Headers.IfMatch.ToString());
            return Task.FromResult(false);
        };
        var store = _s3.Store(options => options.UsePresignedRequests = presigned);
        await ReadAsync(store, 0, 10, cancellationToken);
        await ReadAsync(store, 10, 10, cancellationToken);
        _s3.Put("a.bin", new byte[1000]);
        Assert.That(await ReadAsync(store, 20, 10, cancellationToken), Is.EqualTo(new byte[10]));
        Assert.That(conditions, Has.Count.EqualTo(4));
        Assert.That((conditions[0], conditions[1] == conditions[2], conditions[1].Length > 0, conditions[3]), Is.EqualTo(("", true, true, "")));
    }

    [Test]
    public async Task A_conflict_with_another_write_is_tried_again_before_it_counts(CancellationToken cancellationToken)
    {
        var writes = 0;
        _s3.Instead = (context, _) => HttpMethods.IsPut(context.Request.Method) && Interlocked.Increment(ref writes) == 1
            ? LoopbackS3.RefuseAsync(context, 409, "ConditionalRequestConflict")
            : Task.FromResult(false);
        Assert.That(await _s3.Store().TryWriteAsync("manifest.json", "{}"u8.ToArray(), WriteCondition.Absent, cancellationToken), Is.Not.Null);
    }

    [Test]
    public async Task Where_several_objects_cannot_be_deleted_at_once_each_is_deleted_alone(CancellationToken cancellationToken)
    {
        List<string> deleted = [];
        _s3.Instead = async (context, _) =>
        {
            if (HttpMethods.IsPost(context.Request.Method))
            {
                return await LoopbackS3.RefuseAsync(context, 400, "InvalidRequest", "Missing required header for this request: Content-MD5");
            }

            lock (deleted)
            {
                deleted.Add(context.Request.Path.Value!);
            }

            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return true;
        };
        var store = _s3.Store(static options => options.Prefix = "prod");
        await store.DeleteAsync(["a", "b", "c"], cancellationToken);
        await store.DeleteAsync(["d", "e"], cancellationToken);
        Assert.That(deleted, Is.EquivalentTo(["/models/prod/a", "/models/prod/b", "/models/prod/c", "/models/prod/d", "/models/prod/e"]));
        Assert.That(_s3.Requests, Is.EqualTo(6), "It is asked only once whether it can.");
    }

    [Test]
    public void An_object_that_may_not_be_deleted_is_named(CancellationToken cancellationToken)
    {
        _s3.Instead = static async (context, _) =>
        {
            context.Response.ContentType = "application/xml";
            await context.Response.WriteAsync("<?xml version=\"1.0\"?><DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>", context.RequestAborted);
            return true;
        };
        Assert.That(
            async () => await _s3.Store().DeleteAsync(["a", "b"], cancellationToken),
            Throws.InstanceOf<ModelStorageException>().With.Message.Contains("'b'").And.Message.Contains("s3:DeleteObject"));
    }

    [Test]
    public void No_message_holds_a_signature_or_a_secret(CancellationToken cancellationToken)
    {
        _s3.Instead = static (context, _) => LoopbackS3.RefuseAsync(
            context, 403, "SignatureDoesNotMatch", "The signature does not match.", "<StringToSign>AWS4-HMAC-SHA256 private</StringToSign><SignatureProvided>private</SignatureProvided>");
        var store = _s3.Store(static options => options.Credentials = new SessionAWSCredentials("key", "private", "private"));
        var presigned = Assert.ThrowsAsync<ModelStorageException>(async () => await ReadAsync(store, 0, 10, cancellationToken));
        var bySdk = Assert.ThrowsAsync<ModelStorageException>(async () => await store.ReadAsync("a.bin", 9999, cancellationToken));
        Assert.That(new[] { presigned!.ToString(), bySdk!.Message }, Has.All.Contains("credentials").And.All.Not.Contains("private").And.All.Not.Contains("X-Amz"));
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in _s3.Store().ListAsync("m/", recursive: true, cancellationToken))
        {
        }
    }

    private static async Task<bool> ListingAsync(HttpContext context, string entries, string next)
    {
        context.Response.ContentType = "application/xml";
        await context.Response.WriteAsync(
            $"<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>models</Name><IsTruncated>true</IsTruncated><NextContinuationToken>{next}</NextContinuationToken>{entries}</ListBucketResult>",
            context.RequestAborted);
        return true;
    }

    private static async Task<byte[]> ReadAsync(IObjectStore store, long offset, long length, CancellationToken cancellationToken)
    {
        await using var stream = await store.OpenReadAsync("a.bin", offset, length, cancellationToken);
        using MemoryStream copy = new();
        await stream.CopyToAsync(copy, cancellationToken);
        return copy.ToArray();
    }

    /// <summary>Credentials whose first token has expired without saying so.</summary>
    private sealed class Session : RefreshingAWSCredentials
    {
        public int Generated { get; private set; }

        protected override CredentialsRefreshState GenerateNewCredentials()
        {
            Generated++;
            return new CredentialsRefreshState(new ImmutableCredentials("key", "secret", $"token-{Generated}"), DateTime.UtcNow.AddHours(1));
        }
    }
}
