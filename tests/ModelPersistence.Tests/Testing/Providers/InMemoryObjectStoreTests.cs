using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Testing.Providers;

[TestFixture]
[CancelAfter(30_000)]
public sealed class InMemoryObjectStoreTests
{
    [Test]
    public async Task A_condition_decides_whether_a_write_happens()
    {
        InMemoryObjectStore store = new();
        var first = await store.TryWriteAsync("a", "1"u8.ToArray(), WriteCondition.Absent, default);
        var second = await store.TryWriteAsync("a", "2"u8.ToArray(), WriteCondition.Absent, default);
        var wrong = await store.TryWriteAsync("a", "3"u8.ToArray(), WriteCondition.Unchanged("\"other\""), default);
        var right = await store.TryWriteAsync("a", "4"u8.ToArray(), WriteCondition.Unchanged(first!), default);
        var missing = await store.TryWriteAsync("b", "5"u8.ToArray(), WriteCondition.Unchanged(first!), default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Is.Not.Null);
            Assert.That(second, Is.Null);
            Assert.That(wrong, Is.Null);
            Assert.That(right, Is.Not.Null.And.Not.EqualTo(first));
            Assert.That(missing, Is.Null);
            Assert.That(store.Get("a"), Is.EqualTo("4"u8.ToArray()));
            Assert.That((await store.ReadAsync("a", 10, default))!.ETag, Is.EqualTo(right));
        }
    }

    [Test]
    public async Task A_store_that_ignores_conditions_always_writes()
    {
        InMemoryObjectStore store = new() { IgnoresConditions = true };
        await store.TryWriteAsync("a", "1"u8.ToArray(), WriteCondition.Absent, default);
        Assert.That(await store.TryWriteAsync("a", "2"u8.ToArray(), WriteCondition.Absent, default), Is.Not.Null);
    }

    [Test]
    public async Task A_lost_answer_leaves_the_write_behind_and_a_failed_call_does_not()
    {
        InMemoryObjectStore store = new();
        store.LoseAnswers();
        Assert.That(async () => await store.TryWriteAsync("a", "1"u8.ToArray(), WriteCondition.Absent, default), Throws.TypeOf<ModelStorageException>());
        store.FailNext(kind: ObjectCallKind.Write);
        await store.ReadAsync("a", 10, default);
        Assert.That(async () => await store.TryWriteAsync("b", "1"u8.ToArray(), WriteCondition.Absent, default), Throws.TypeOf<ModelStorageException>());
        Assert.That(store.Keys, Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public async Task A_listing_comes_page_by_page_and_folders_stand_for_what_is_in_them()
    {
        InMemoryObjectStore store = new() { PageSize = 2 };
        foreach (var key in new[] { "m/1/a", "m/1/b", "m/2/a", "m/aliases.json", "n/x" })
        {
            store.Set(key, [1]);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await KeysAsync(store, "m/", recursive: true), Is.EqualTo(new[] { "m/1/a", "m/1/b", "m/2/a", "m/aliases.json" }));
            Assert.That(await KeysAsync(store, "m/", recursive: false), Is.EqualTo(new[] { "m/1/", "m/2/", "m/aliases.json" }));
            Assert.That(await KeysAsync(store, "", recursive: false), Is.EqualTo(new[] { "m/", "n/" }));
            Assert.That(store.CountOf(ObjectCallKind.List), Is.EqualTo(3 + 2 + 2));
        }
    }

    [Test]
    public async Task Ranges_are_counted_and_end_where_the_object_does()
    {
        InMemoryObjectStore store = new();
        store.Set("a", "0123456789"u8.ToArray());
        await using var range = await store.OpenReadAsync("a", 6, 100, default);
        using StreamReader reader = new(range);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await reader.ReadToEndAsync(), Is.EqualTo("6789"));
            Assert.That(store.BytesRead("a"), Is.EqualTo(4));
            Assert.That(store.BytesRead(), Is.EqualTo(4));
            Assert.That(async () => await store.OpenReadAsync("b", 0, 1, default), Throws.TypeOf<ModelStorageException>());
            Assert.That(async () => await store.ReadAsync("a", 9, default), Throws.TypeOf<ModelIntegrityException>());
        }
    }

    [Test]
    public async Task An_upload_appears_whole_and_a_delete_does_not_mind_what_is_missing()
    {
        InMemoryObjectStore store = new();
        await store.UploadAsync("a", new Bytes(new byte[(2 << 20) + 5]), default);
        Assert.That(store.Get("a"), Has.Length.EqualTo((2 << 20) + 5));
        await store.DeleteAsync(["a", "b"], default);
        Assert.That(store.Keys, Is.Empty);
    }

    [Test]
    public async Task A_call_can_be_held_back_before_it_has_an_effect()
    {
        InMemoryObjectStore store = new();
        TaskCompletionSource go = new();
        store.Before = (call, _) => call.Kind == ObjectCallKind.Write ? go.Task : Task.CompletedTask;
        var writing = store.TryWriteAsync("a", "1"u8.ToArray(), WriteCondition.None, default).AsTask();
        Assert.That(store.Keys, Is.Empty);
        go.SetResult();
        await writing;
        Assert.That(store.Keys, Is.EqualTo(new[] { "a" }));
    }

    private static async Task<string[]> KeysAsync(InMemoryObjectStore store, string prefix, bool recursive) =>
        [.. (await store.ListAsync(prefix, recursive, default).ToListAsync()).Select(static entry => entry.Key)];

    private sealed class Bytes(byte[] bytes) : ObjectContent
    {
        public override long Length => bytes.Length;

        public override ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            bytes.AsSpan((int)offset, buffer.Length).CopyTo(buffer.Span);
            return ValueTask.CompletedTask;
        }
    }
}
