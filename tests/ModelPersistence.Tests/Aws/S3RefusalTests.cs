using Microsoft.AspNetCore.Http;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Tests.Aws;

/// <summary>What the provider does with answers that S3 gives on bad days, and with those of servers that are none.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[CancelAfter(60_000)]
internal sealed class S3RefusalTests : LoopbackS3Fixture
{
    [TestCase(true)]
    [TestCase(false)]
    public void A_web_page_is_not_taken_for_an_object(bool presigned, CancellationToken cancellationToken)
    {
        S3.Instead = static async (context, _) =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.WriteAsync("<!doctype html><title>Sign in</title>", context.RequestAborted);
            return true;
        };
        var store = S3.Store(options => options.UsePresignedRequests = presigned);
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
        S3.Instead = static (context, _) =>
        {
            context.Request.Headers.Remove("Range");
            return Task.FromResult(false);
        };
        var store = S3.Store(options => options.UsePresignedRequests = presigned);
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
        S3.Instead = static (context, _) =>
        {
            context.Response.Headers["x-amz-bucket-region"] = "eu-central-1";
            return LoopbackS3.RefuseAsync(context, 301, "PermanentRedirect", "Address it by its own endpoint.");
        };
        Assert.That(
            async () => await ReadAsync(S3.Store(options => options.UsePresignedRequests = presigned), 0, 10, cancellationToken),
            Throws.InstanceOf<ModelStorageException>().With.Message.Contains("Set Region to eu-central-1").And.Property("IsTransient").False);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Throttling_is_transient_and_says_how_long(bool presigned, CancellationToken cancellationToken)
    {
        S3.Instead = static (context, _) =>
        {
            context.Response.Headers.RetryAfter = "7";
            return LoopbackS3.RefuseAsync(context, 503, "SlowDown", "Please reduce your request rate.");
        };
        var fault = Assert.ThrowsAsync<ModelStorageException>(async () => await ReadAsync(S3.Store(options => options.UsePresignedRequests = presigned), 0, 10, cancellationToken));
        Assert.That((fault!.IsTransient, fault.IsThrottled, fault.RetryAfter), Is.EqualTo((true, true, TimeSpan.FromSeconds(7))));
    }

    [Test]
    public async Task The_SDK_repeats_what_was_throttled(CancellationToken cancellationToken)
    {
        S3.Instead = static (context, number) => number == 1 ? LoopbackS3.RefuseAsync(context, 503, "SlowDown") : Task.FromResult(false);
        Assert.That((await S3.Store().ReadAsync("a.bin", 9999, cancellationToken))!.Content.ToArray(), Is.EqualTo(Content));
    }

    [Test]
    public async Task Where_several_objects_cannot_be_deleted_at_once_each_is_deleted_alone(CancellationToken cancellationToken)
    {
        List<string> deleted = [];
        S3.Instead = async (context, _) =>
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
        var store = S3.Store(static options => options.Prefix = "prod");
        await store.DeleteAsync(["a", "b", "c"], cancellationToken);
        await store.DeleteAsync(["d", "e"], cancellationToken);
        Assert.That(deleted, Is.EquivalentTo(["/models/prod/a", "/models/prod/b", "/models/prod/c", "/models/prod/d", "/models/prod/e"]));
        Assert.That(S3.Requests, Is.EqualTo(6), "It is asked only once whether it can.");
    }

    [Test]
    public void An_object_that_may_not_be_deleted_is_named(CancellationToken cancellationToken)
    {
        S3.Instead = static async (context, _) =>
        {
            context.Response.ContentType = "application/xml";
            await context.Response.WriteAsync("<?xml version=\"1.0\"?><DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>", context.RequestAborted);
            return true;
        };
        Assert.That(
            async () => await S3.Store().DeleteAsync(["a", "b"], cancellationToken),
            Throws.InstanceOf<ModelStorageException>().With.Message.Contains("'b'").And.Message.Contains("s3:DeleteObject"));
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in S3.Store().ListAsync("m/", recursive: true, cancellationToken))
        {
        }
    }
}
