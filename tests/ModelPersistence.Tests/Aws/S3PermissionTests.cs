using System.Text.Json.Nodes;
using Amazon.S3.Model;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Aws;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Repositories;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;
using ModelPersistence.Tests.Support.Web;

namespace ModelPersistence.Tests.Aws;

/// <summary>The policies of docs/s3.md allow what they are for, and no more. As bucket policies, since that is where this server keeps them.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Category(RealServer.Category)]
[CancelAfter(120_000)]
internal sealed class S3PermissionTests
{
    private const int Part = 5 << 20;

    private readonly TemporaryFolder _folder = new();
    private S3Scene _scene = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _scene = await S3Scene.StartAsync();
        Directory.CreateDirectory(_folder["one"]);
        TestModels.Add(1).Save(_folder["one/model.onnx"]);
    }

    [TearDown]
    public async Task StopAsync()
    {
        if (_scene is not null)
        {
            await _scene.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Test]
    public async Task The_readers_policy_is_enough_to_serve_and_not_to_write(CancellationToken cancellationToken)
    {
        await using (var owner = new TestHost(_folder["owner"], models => models.AddS3(_scene.Describe)))
        {
            await owner.Repository.PublishAsync(_folder["one"], "add", ModelVersion.Parse("1.0.0"), cancellationToken: cancellationToken);
        }

        await AllowAsync("reader");
        await using var host = new TestHost(_folder["cache"], models => models.AddS3(AsGuest));
        using (await host.Models.GetAsync("add:1.*", cancellationToken))
        {
            Assert.That(async () => await host.Models.GetAsync("sub", cancellationToken), Throws.InstanceOf<ModelNotFoundException>());
        }

        var store = _scene.Store(AsGuest);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                async () => await store.TryWriteAsync("x", new byte[1], WriteCondition.Absent, cancellationToken),
                Throws.InstanceOf<ModelStorageException>().With.Message.Contains("s3:PutObject").And.Property("IsTransient").False);
            Assert.That(async () => await store.DeleteAsync(["x"], cancellationToken), Throws.InstanceOf<ModelStorageException>().With.Message.Contains("s3:DeleteObject"));
        }
    }

    [Test]
    public async Task The_publishers_policy_is_enough_to_publish_in_parts_and_to_delete(CancellationToken cancellationToken)
    {
        await AllowAsync("publisher");
        await using (var host = new TestHost(_folder["cache"], models => models.AddS3(AsGuest)))
        {
            await host.Repository.PublishAsync(_folder["one"], "add", ModelVersion.Parse("1.0.0"), new PublishOptions { Aliases = ["stable"] }, cancellationToken);
            await host.Repository.PublishAsync(_folder["one"], "add", ModelVersion.Parse("2.0.0"), cancellationToken: cancellationToken);
            await host.Repository.SetAliasAsync("add", "stable", ModelVersion.Parse("2.0.0"), cancellationToken: cancellationToken);
        }

        var store = _scene.Store(options =>
        {
            AsGuest(options);
            (options.MultipartThreshold, options.PartSize) = (Part, Part);
        });
        await store.UploadAsync("big.bin", new BytesContent(new byte[2 * Part]), cancellationToken);
        BytesContent failing = new(new byte[2 * Part]) { Reading = static _ => throw new InvalidDataException("the disk") };
        Assert.That(async () => await store.UploadAsync("bad.bin", failing, cancellationToken), Throws.Exception);
        await store.DeleteAsync([.. (await _scene.KeysAsync()).Select(static key => key[S3Scene.Prefix.Length..])], cancellationToken);
        var left = await _scene.Client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = _scene.Bucket }, cancellationToken);
        Assert.That((left.MultipartUploads?.Count ?? 0, (await _scene.KeysAsync()).Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task Without_the_right_to_list_a_denial_says_that_the_object_may_only_be_missing(CancellationToken cancellationToken)
    {
        await AllowAsync("reader", static action => action != "s3:ListBucket");
        var store = _scene.Store(AsGuest);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(async () => await store.ReadAsync("nothing", 10, cancellationToken), Throws.InstanceOf<ModelStorageException>().With.Message.Contains("denies even what is only missing"));
            Assert.That(
                async () => await store.ListAsync("", true, cancellationToken).GetAsyncEnumerator(cancellationToken).MoveNextAsync(),
                Throws.InstanceOf<ModelStorageException>().With.Message.Contains($"Allow s3:ListBucket on arn:aws:s3:::{_scene.Bucket}"));
        }
    }

    private void AsGuest(S3Options options)
    {
        _scene.Describe(options);
        options.Credentials = _scene.Guest;
    }

    private async Task AllowAsync(string policy, Func<string, bool>? keep = null)
    {
        var document = (await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "docs", "s3.md"))).ReplaceLineEndings("\n");
        var begin = $"<!-- {policy} -->\n```json\n";
        var from = document.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var json = JsonNode.Parse(document[from..document.IndexOf("```", from, StringComparison.Ordinal)].Replace(":::models", $":::{_scene.Bucket}", StringComparison.Ordinal))!;
        var statements = json["Statement"]!.AsArray();
        foreach (var statement in statements.ToList())
        {
            statement!["Principal"] = new JsonObject { ["AWS"] = new JsonArray("arn:aws:iam:::user/guest") };
            if (statement["Action"]!.AsArray().All(action => keep?.Invoke(action!.GetValue<string>()) == false))
            {
                statements.Remove(statement);
            }
        }

        await _scene.Client.PutBucketPolicyAsync(_scene.Bucket, json.ToJsonString());
    }
}
