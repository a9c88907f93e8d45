using System.Collections.Concurrent;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Support.Web;

namespace ModelPersistence.Tests.Aws;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[CancelAfter(60_000)]
internal sealed class S3ConditionalReadTests
{
    [TestCase(true)]
    [TestCase(false)]
    public async Task Aliases_that_have_not_moved_cost_one_answer_without_bytes(bool presigned, CancellationToken cancellationToken)
    {
        await using var s3 = await LoopbackS3.StartAsync();
        s3.Put("m/aliases.json", Aliases(1));
        ConcurrentQueue<(string Condition, int Status, long? Length)> seen = new();
        s3.Answered = context => seen.Enqueue((context.Request.Headers.IfNoneMatch.ToString(), context.Response.StatusCode, context.Response.ContentLength));
        using var repository = s3.Repository(options => options.UsePresignedRequests = presigned);
        var first = await repository.GetAliasesAsync("m", cancellationToken);
        Assert.That(await repository.GetAliasesAsync("m", cancellationToken), Is.SameAs(first));
        s3.Put("m/aliases.json", Aliases(2));
        Assert.That((await repository.GetAliasesAsync("m", cancellationToken))!.Revision, Is.EqualTo(2));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(seen.Select(static answer => answer.Status), Is.EqualTo(presigned ? new[] { 200, 304, 200 } : [206, 304, 206]));
            Assert.That(seen.Select(static answer => answer.Condition.Length > 0), Is.EqualTo(new[] { false, true, true }));
        }
    }

    [TestCase(true, RealServer.Ceph)]
    [TestCase(false, RealServer.Ceph)]
    [TestCase(true, RealServer.Moto)]
    [TestCase(false, RealServer.Moto)]
    [Category(RealServer.Category)]
    public async Task Servers_that_others_wrote_say_that_nothing_has_changed(bool presigned, string server, CancellationToken cancellationToken)
    {
        await using var scene = await S3Scene.StartAsync(server);
        var store = scene.Store(options => options.UsePresignedRequests = presigned);
        await store.TryWriteAsync("m/aliases.json", Aliases(1), WriteCondition.None, cancellationToken);
        await store.UploadAsync("empty", new BytesContent([]), cancellationToken);
        var (first, empty) = (await store.ReadAsync("m/aliases.json", 1000, cancellationToken), await store.ReadAsync("empty", 1000, cancellationToken));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await store.ReadIfChangedAsync("m/aliases.json", first!, 1000, cancellationToken), Is.SameAs(first));
            Assert.That((await store.ReadIfChangedAsync("empty", empty!, 1000, cancellationToken))!.ETag, Is.EqualTo(empty!.ETag));
        }

        var tag = await store.TryWriteAsync("m/aliases.json", Aliases(2), WriteCondition.None, cancellationToken);
        var second = await store.ReadIfChangedAsync("m/aliases.json", first!, 1000, cancellationToken);
        Assert.That((second!.ETag, DocumentReader.ReadAliases("m", second.Content).Revision), Is.EqualTo((tag, 2L)));
        await store.DeleteAsync(["m/aliases.json"], cancellationToken);
        Assert.That(await store.ReadIfChangedAsync("m/aliases.json", second, 1000, cancellationToken), Is.Null);
    }

    private static byte[] Aliases(long revision) =>
        DocumentReader.Write(new AliasDocument { FormatVersion = 1, Name = "m", Revision = revision, Aliases = new Dictionary<string, AliasTarget>() });
}
