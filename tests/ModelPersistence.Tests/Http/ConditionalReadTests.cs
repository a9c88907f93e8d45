using System.Net;
using ModelPersistence.Http;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Integrity;
using ModelPersistence.Tests.Repositories;
using ModelPersistence.Tests.Support.Web;

namespace ModelPersistence.Tests.Http;

[CancelAfter(30_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ConditionalReadTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ScriptedServer _server = new(TestFiles.Bytes(1_000));

    [TestCase("\"one\"")]
    [TestCase("W/\"weak\"")]
    [TestCase("no tag that the standard knows")]
    public async Task An_object_with_the_tag_that_is_known_is_not_sent_again(string tag, CancellationToken token)
    {
        StoredObject known = new(TestFiles.Bytes(10), tag);
        _server.Instead = (_, request, _) => Task.FromResult<HttpResponseMessage?>(
            request.Headers.NonValidated.TryGetValues("If-None-Match", out var asked) && asked.ToString() == tag
                ? new HttpResponseMessage(HttpStatusCode.NotModified)
                : _server.Whole());
        Assert.That(await _server.Reader().ReadIfChangedAsync("m/aliases.json", known, 2_000, token), Is.SameAs(known));
    }

    [Test]
    public async Task An_object_with_another_tag_is_read(CancellationToken token)
    {
        _server.Instead = (_, _, _) => Task.FromResult<HttpResponseMessage?>(_server.Whole());
        var read = await _server.Reader().ReadIfChangedAsync("m/aliases.json", new StoredObject(TestFiles.Bytes(10), "\"zero\""), 2_000, token);
        Assert.That((read!.Content.Length, read.ETag), Is.EqualTo((1_000, "\"one\"")));
    }

    [TestCase("")]
    [TestCase("\"ü\"")]
    public async Task Without_a_tag_that_a_header_carries_nothing_is_asked(string tag, CancellationToken token)
    {
        _server.Instead = (_, _, _) => Task.FromResult<HttpResponseMessage?>(_server.Whole());
        var read = await _server.Reader().ReadIfChangedAsync("m/aliases.json", new StoredObject(TestFiles.Bytes(10), tag), 2_000, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read!.Content.Length, Is.EqualTo(1_000));
            Assert.That(_server.Requests.Single().Contains("If-None-Match"), Is.False);
        }
    }

    [Test]
    public async Task An_object_that_is_gone_is_null(CancellationToken token)
    {
        _server.Instead = static (_, _, _) => Task.FromResult<HttpResponseMessage?>(new HttpResponseMessage(HttpStatusCode.NotFound));
        Assert.That(await _server.Reader().ReadIfChangedAsync("m/aliases.json", new StoredObject(TestFiles.Bytes(10), "\"one\""), 2_000, token), Is.Null);
    }

    [Test]
    public void Not_modified_is_no_answer_to_a_question_without_a_condition(CancellationToken token)
    {
        _server.Instead = static (_, _, _) => Task.FromResult<HttpResponseMessage?>(new HttpResponseMessage(HttpStatusCode.NotModified));
        Assert.That(async () => await _server.Reader().ReadAsync("m/aliases.json", 2_000, token), Throws.TypeOf<ModelStorageException>().With.Message.Contains("304"));
    }

    [TestCase(0, "")]
    [TestCase(1, "")]
    [TestCase(2, "\"one\"")]
    [TestCase(null, "\"one\"")]
    public async Task The_tag_of_what_may_be_written_again_in_the_same_second_is_dropped(int? age, string tag, CancellationToken token)
    {
        _server.Instead = (_, _, _) =>
        {
            var response = _server.Whole();
            response.Headers.Date = Noon;
            response.Content.Headers.LastModified = age is { } seconds ? Noon.AddSeconds(-seconds) : null;
            return Task.FromResult<HttpResponseMessage?>(response);
        };
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await _server.Reader(new HttpReadOptions { DropsFreshTags = true }).ReadAsync("m/aliases.json", 2_000, token))!.ETag, Is.EqualTo(tag));
            Assert.That((await _server.Reader().ReadAsync("m/aliases.json", 2_000, token))!.ETag, Is.EqualTo("\"one\""), "a store whose tags follow from the content");
        }
    }

    [Test]
    public async Task Aliases_that_have_not_moved_cost_a_web_server_no_bytes(CancellationToken token)
    {
        StaticObjects objects = new();
        using TestTree tree = new();
        tree.AddAliases("m", 1, ("stable", "1.0.0 (90), 2.0.0 (10)"));
        objects.PutFolder(tree.Root);
        await using var server = await LoopbackServer.StartAsync(objects.HandleAsync);
        using ObjectRepository repository = new("web", new HttpObjectStore(new HttpProviderOptions { Name = "web", BaseAddress = server.Address }, HttpTransport.CreateClient(), ownsClient: true, TimeProvider.System));
        var first = await repository.GetAliasesAsync("m", token);
        var sent = objects.BytesSent;
        for (var i = 0; i < 5; i++)
        {
            Assert.That(await repository.GetAliasesAsync("m", token), Is.SameAs(first));
        }

        Assert.That((sent, objects.BytesSent, objects.Conditions.Count), Is.EqualTo((new FileInfo(tree["m/aliases.json"]).Length, sent, 5)));
        tree.AddAliases("m", 2, ("stable", "2.0.0"));
        objects.PutFolder(tree.Root);
        Assert.That((await repository.GetAliasesAsync("m", token))!.Revision, Is.EqualTo(2));
    }
}
