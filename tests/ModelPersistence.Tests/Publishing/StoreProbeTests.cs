using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Repositories;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

/// <summary>Stores that do not keep conditions: refused, unless somebody insists.</summary>
[TestFixture]
[CancelAfter(60_000)]
public sealed class StoreProbeTests
{
    private ObjectScene _scene = null!;

    [SetUp]
    public void SetUp()
    {
        _scene = new ObjectScene();
        _scene.Write("model.onnx", "graph");
    }

    [TearDown]
    public void TearDown() => _scene.Dispose();

    [Test]
    public async Task A_store_is_tried_once_and_nothing_of_the_trial_stays()
    {
        await _scene.PublishAsync("1.0.0");
        await _scene.PublishAsync("2.0.0");
        await _scene.Publisher.SetAliasAsync("m", "stable", TestTree.V("1.0.0"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_scene.Store.Calls.Count(static call => call.Kind == ObjectCallKind.Write && call.Key.StartsWith(".probe/", StringComparison.Ordinal)), Is.EqualTo(4));
            Assert.That(_scene.Store.Keys.Any(static key => key.StartsWith(".probe", StringComparison.Ordinal)), Is.False);
        }
    }

    [Test]
    public void A_store_that_ignores_conditions_is_refused()
    {
        _scene.Store.IgnoresConditions = true;
        Assert.That(
            () => _scene.PublishAsync("1.0.0"),
            Throws.TypeOf<ModelStorageException>().With.Message.Contains("'bucket'").And.Message.Contains("If-None-Match").And.Message.Contains("AllowUnsafeStore").And.Property("IsTransient").False);
        Assert.That(() => _scene.PublishAsync("1.0.0"), Throws.TypeOf<ModelStorageException>(), "The verdict stands.");
        Assert.That(_scene.Store.Keys, Is.Empty);
    }

    [TestCase(WriteConditionKind.Absent, "If-None-Match should spare")]
    [TestCase(WriteConditionKind.Unchanged, "the tag in If-Match is not the object's")]
    public void A_store_that_ignores_one_condition_is_refused(WriteConditionKind ignored, string why)
    {
        var publisher = ObjectScene.Over([new ObjectRepository("bucket", new Partial(_scene.Store, kind => kind == ignored ? WriteCondition.None : null))]);
        Assert.That(() => publisher.PublishAsync(_scene.Source, "m", TestTree.V("1.0.0")), Throws.TypeOf<ModelStorageException>().With.Message.Contains(why));
    }

    [Test]
    public async Task Whoever_insists_writes_and_what_can_be_seen_is_still_spared()
    {
        _scene.Store.IgnoresConditions = true;
        PublishOptions insisting = new() { AllowUnsafeStore = true };
        await _scene.PublishAsync("1.0.0", insisting);
        await _scene.Publisher.SetAliasAsync("m", "stable", TestTree.V("1.0.0"), new AliasOptions { AllowUnsafeStore = true });
        _scene.Write("model.onnx", "other");
        Assert.That(() => _scene.PublishAsync("1.0.0", insisting), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("other content"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await _scene.AliasesAsync())!.Revision, Is.EqualTo(2));
            Assert.That(ObjectScene.Flaws(_scene.Store), Is.Empty);
        }
    }

    [Test]
    public async Task A_store_that_knows_no_conditions_at_all_is_named_and_can_be_insisted_on()
    {
        Partial store = new(_scene.Store, static kind => kind == WriteConditionKind.None ? null : throw new ModelStorageException("bucket", "501 Not Implemented.", isTransient: false));
        var publisher = ObjectScene.Over([new ObjectRepository("bucket", store)]);
        Assert.That(
            () => publisher.PublishAsync(_scene.Source, "m", TestTree.V("1.0.0")),
            Throws.TypeOf<ModelStorageException>().With.Message.Contains("501 Not Implemented.").And.Message.Contains("AllowUnsafeStore"));
        var published = await publisher.PublishAsync(_scene.Source, "m", TestTree.V("1.0.0"), new PublishOptions { AllowUnsafeStore = true });
        Assert.That(published.Aliases!.Aliases["latest"], Is.EqualTo(TestTree.Target("1.0.0")));
    }

    [TestCase(ObjectCallKind.Write)]
    [TestCase(ObjectCallKind.Read)]
    public void A_store_that_denies_everybody_is_not_said_to_lack_conditions(ObjectCallKind denied)
    {
        _scene.Store.Before = (call, _) =>
            call.Kind == denied && call.Key.StartsWith(".probe/", StringComparison.Ordinal) ? throw new ModelStorageException("bucket", "403 denied.", isTransient: false) : Task.CompletedTask;
        Assert.That(
            () => _scene.PublishAsync("1.0.0"),
            Throws.TypeOf<ModelStorageException>().With.Message.Contains("403 denied.").And.Message.Not.Contains("AllowUnsafeStore"));
    }

    [Test]
    public async Task An_answer_that_is_lost_during_the_trial_is_no_verdict()
    {
        _scene.Store.LoseAnswers(2);
        await _scene.PublishAsync("1.0.0");
        Assert.That(ObjectScene.Flaws(_scene.Store), Is.Empty);
    }

    [Test]
    public async Task A_store_that_forbids_deleting_can_be_published_to()
    {
        _scene.Store.Before = static (call, _) => call.Kind == ObjectCallKind.Delete ? throw new ModelStorageException("bucket", "denied", isTransient: false) : Task.CompletedTask;
        await _scene.PublishAsync("1.0.0");
        Assert.That(ObjectScene.Flaws(_scene.Store), Is.Empty);
    }

    /// <summary>Changes or refuses the condition of writes.</summary>
    private sealed class Partial(InMemoryObjectStore inner, Func<WriteConditionKind, WriteCondition?> change) : IWritableObjectStore
    {
        public bool CanList => inner.CanList;

        public ValueTask<StoredObject?> ReadAsync(string key, int maxLength, CancellationToken cancellationToken) => inner.ReadAsync(key, maxLength, cancellationToken);

        public ValueTask<Stream> OpenReadAsync(string key, long offset, long length, CancellationToken cancellationToken) => inner.OpenReadAsync(key, offset, length, cancellationToken);

        public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, bool recursive, CancellationToken cancellationToken) => inner.ListAsync(prefix, recursive, cancellationToken);

        public ValueTask<string?> TryWriteAsync(string key, ReadOnlyMemory<byte> content, WriteCondition condition, CancellationToken cancellationToken) =>
            inner.TryWriteAsync(key, content, change(condition.Kind) ?? condition, cancellationToken);

        public Task UploadAsync(string key, ObjectContent content, CancellationToken cancellationToken) => inner.UploadAsync(key, content, cancellationToken);

        public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => inner.DeleteAsync(keys, cancellationToken);
    }
}
