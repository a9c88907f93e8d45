using Microsoft.AspNetCore.Http;
using ModelPersistence.Repositories;

namespace ModelPersistence.Tests.Aws;

/// <summary>Conditions of reads and writes on servers that have their own mind about them.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[CancelAfter(60_000)]
internal sealed class S3ConditionTests : LoopbackS3Fixture
{
    [Test]
    public async Task A_conditional_write_whose_answer_was_lost_is_known_as_our_own(CancellationToken cancellationToken)
    {
        var lost = 0;
        S3.Instead = async (context, _) =>
        {
            if (!HttpMethods.IsPut(context.Request.Method) || Interlocked.Increment(ref lost) > 1)
            {
                return false;
            }

            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            S3.Store(context, body.ToArray());
            context.Abort();
            return true;
        };
        Assert.That(await S3.Store().TryWriteAsync("manifest.json", "{}"u8.ToArray(), WriteCondition.Absent, cancellationToken), Is.Not.Null);
        Assert.That(lost, Is.EqualTo(2), "The SDK repeated the write, which then found the object there.");
    }

    [Test]
    public async Task A_store_that_keeps_bare_tags_only_is_understood(CancellationToken cancellationToken)
    {
        S3.Instead = static (context, _) =>
        {
            if (context.Request.Headers.IfMatch is not [{ } tag] || !HttpMethods.IsPut(context.Request.Method))
            {
                return Task.FromResult(false);
            }

            context.Request.Headers.IfMatch = $"\"{tag}\"";
            return Task.FromResult(false);
        };
        var store = S3.Store();
        var first = await store.TryWriteAsync("aliases.json", "1"u8.ToArray(), WriteCondition.Absent, cancellationToken);
        var second = await store.TryWriteAsync("aliases.json", "2"u8.ToArray(), WriteCondition.Unchanged(first!), cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(second, Is.Not.Null);
            Assert.That(await store.TryWriteAsync("aliases.json", "3"u8.ToArray(), WriteCondition.Unchanged(first!), cancellationToken), Is.Null);
            Assert.That(S3.Get("aliases.json"), Is.EqualTo("2"u8.ToArray()));
        }
    }

    [Test]
    public async Task A_store_that_overlooks_bare_tags_is_not_trusted_with_them(CancellationToken cancellationToken)
    {
        S3.Instead = static (context, _) =>
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
        var store = S3.Store();
        var first = await store.TryWriteAsync("aliases.json", "1"u8.ToArray(), WriteCondition.Absent, cancellationToken);
        Assert.That(await store.TryWriteAsync("aliases.json", "2"u8.ToArray(), WriteCondition.Unchanged(first!), cancellationToken), Is.Null);
        Assert.That(S3.Get("aliases.json"), Is.EqualTo("1"u8.ToArray()));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_range_is_pinned_to_the_object_that_was_seen_first(bool presigned, CancellationToken cancellationToken)
    {
        List<string> conditions = [];
        S3.Instead = (context, _) =>
        {
            conditions.Add(context.Request.Headers.IfMatch.ToString());
            return Task.FromResult(false);
        };
        var store = S3.Store(options => options.UsePresignedRequests = presigned);
        await ReadAsync(store, 0, 10, cancellationToken);
        await ReadAsync(store, 10, 10, cancellationToken);
        S3.Put("a.bin", new byte[1000]);
        Assert.That(await ReadAsync(store, 20, 10, cancellationToken), Is.EqualTo(new byte[10]));
        Assert.That(conditions, Has.Count.EqualTo(4));
        Assert.That((conditions[0], conditions[1] == conditions[2], conditions[1].Length > 0, conditions[3]), Is.EqualTo(("", true, true, "")));
    }

    [Test]
    public async Task A_conflict_with_another_write_is_tried_again_before_it_counts(CancellationToken cancellationToken)
    {
        var writes = 0;
        S3.Instead = (context, _) => HttpMethods.IsPut(context.Request.Method) && Interlocked.Increment(ref writes) == 1
            ? LoopbackS3.RefuseAsync(context, 409, "ConditionalRequestConflict")
            : Task.FromResult(false);
        Assert.That(await S3.Store().TryWriteAsync("manifest.json", "{}"u8.ToArray(), WriteCondition.Absent, cancellationToken), Is.Not.Null);
    }
}
