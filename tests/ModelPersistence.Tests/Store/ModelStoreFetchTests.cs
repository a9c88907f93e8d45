using ModelPersistence.Models;
using ModelPersistence.Store;
using ModelPersistence.Tests.Integrity;

namespace ModelPersistence.Tests.Store;

/// <summary>Versions that come from far away: once, whole, resumed, and only with the right bytes.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class ModelStoreFetchTests
{
    private readonly TestModel _model = TestModel.Create();

    [Test]
    public async Task A_version_is_fetched_once_and_a_later_start_reads_nothing()
    {
        await using StoreScene scene = new();
        var remote = scene.AddRemote(_model);
        var first = scene.Start();
        var local = await scene.EnsureAsync(first, _model.At(remote));
        await scene.RestAsync(first);
        var read = remote.BytesRead;
        var again = await scene.EnsureAsync(scene.Start(), _model.At(remote));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(local.Trust, Is.EqualTo(TrustBasis.Hashed));
            Assert.That(local.EntryPath, Is.EqualTo(Path.Combine(scene.CachePath, "m", "1.0.0", "model.onnx")));
            Assert.That(read, Is.EqualTo(_model.Document.Manifest.TotalSize));
            Assert.That(again.Trust, Is.EqualTo(TrustBasis.Record));
            Assert.That(remote.BytesRead, Is.EqualTo(read));
            Assert.That(Directory.GetFiles(Path.Combine(scene.CachePath, ".partial")), Is.Empty);
        }

        _model.AssertIn(Path.Combine(scene.CachePath, "m", "1.0.0"));
    }

    [Test]
    public async Task Any_number_of_callers_cause_one_download()
    {
        await using StoreScene scene = new();
        var remote = scene.AddRemote(_model);
        var store = scene.Start();

        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => scene.EnsureAsync(store, _model.At(remote))));

        Assert.That(remote.BytesRead, Is.EqualTo(_model.Document.Manifest.TotalSize));
    }

    [Test]
    public async Task A_caller_that_leaves_does_not_end_the_download_of_the_others()
    {
        await using StoreScene scene = new();
        var remote = scene.AddRemote(_model);
        TaskCompletionSource reached = new(), gate = new();
        remote.OnRead = async (_, _, bytes, token) =>
        {
            reached.TrySetResult();
            await gate.Task.WaitAsync(token);
            return bytes;
        };
        var store = scene.Start();
        using CancellationTokenSource leaving = new();
        var leaver = scene.EnsureAsync(store, _model.At(remote), leaving.Token);
        var stayer = scene.EnsureAsync(store, _model.At(remote));
        await reached.Task;
        await leaving.CancelAsync();

        Assert.That(async () => await leaver, Throws.InstanceOf<OperationCanceledException>());
        gate.SetResult();
        Assert.That((await stayer).Trust, Is.EqualTo(TrustBasis.Hashed));
    }

    [Test]
    public async Task What_nobody_waits_for_any_more_stops_and_the_next_attempt_resumes()
    {
        await using StoreScene scene = new() { Settings = new StoreSettings { Transfer = StoreScene.OneStream } };
        var model = TestModel.Create(weightsLength: 12 << 20);
        var remote = scene.AddRemote(model);
        TaskCompletionSource reached = new(), stopped = new();
        remote.OnRead = async (_, offset, bytes, token) =>
        {
            if (offset > 0)
            {
                reached.TrySetResult();
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                }
                finally
                {
                    stopped.TrySetResult();
                }
            }

            return bytes;
        };
        var store = scene.Start();
        using CancellationTokenSource leaving = new();
        var caller = scene.EnsureAsync(store, model.At(remote), leaving.Token);
        await reached.Task;
        await leaving.CancelAsync();
        Assert.That(async () => await caller, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(stopped.Task.IsCompleted, Is.False);
        scene.Time.Advance(scene.Settings.AbandonAfter);
        await stopped.Task;

        var before = remote.BytesRead;
        remote.OnRead = null;
        var again = scene.EnsureAsync(store, model.At(remote));
        await scene.DriveAsync(again, TimeSpan.FromMilliseconds(10));
        await again;

        Assert.That(before, Is.GreaterThan(8 << 20));
        Assert.That(remote.BytesRead, Is.EqualTo(model.Document.Manifest.TotalSize));
        model.AssertIn(Path.Combine(scene.CachePath, "m", "1.0.0"));
    }

    [Test]
    public async Task A_source_that_fails_in_any_way_is_followed_by_the_next()
    {
        foreach (var fault in new Exception[] { new TaskCanceledException("The request timed out.", new TimeoutException()), new InvalidOperationException("A client of its own kind.") })
        {
            await using StoreScene scene = new();
            var first = scene.AddRemote(_model);
            first.OnRead = (_, _, _, _) => throw fault;
            var second = scene.AddRemote(_model, "second");
            var local = await scene.EnsureAsync(scene.Start(), _model.At(first));

            using (Assert.EnterMultipleScope())
            {
                Assert.That(local.Trust, Is.EqualTo(TrustBasis.Hashed));
                Assert.That(second.BytesRead, Is.EqualTo(_model.Document.Manifest.TotalSize));
            }
        }
    }

    [Test]
    public async Task A_source_whose_client_times_out_alone_is_a_storage_failure_that_may_pass()
    {
        await using StoreScene scene = new();
        var remote = scene.AddRemote(_model);
        remote.OnRead = (_, _, _, _) => throw new TaskCanceledException("The request timed out.");

        Assert.That(
            async () => await scene.EnsureAsync(scene.Start(), _model.At(remote)),
            Throws.TypeOf<ModelStorageException>().With.Property(nameof(ModelStorageException.IsTransient)).True.And.Message.Contains("'remote'"));
    }

    [Test]
    public async Task A_model_may_hold_the_same_content_many_times()
    {
        await using StoreScene scene = new();
        var content = TestFiles.Bytes(3000);
        var files = Enumerable.Range(0, 6).ToDictionary(static i => $"part-{i}.onnx", _ => content);
        var manifest = _model.Document.Manifest with { Entry = "part-0.onnx", Files = [.. files.Select(static file => TestFiles.Describe(file.Key, file.Value))] };
        TestModel model = new(ManifestDocument.Create(manifest), files);
        var remote = scene.AddRemote(model);

        // All reads of a round are held until the last has come, so that all files are open at once: 6, and were they one, 5, and 4.
        int[] rounds = [6, 11, 15];
        var gates = rounds.Select(static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        var reads = 0;
        remote.OnRead = async (_, _, bytes, token) =>
        {
            var mine = Interlocked.Increment(ref reads);
            var round = Array.FindIndex(rounds, last => mine <= last);
            if (mine == rounds[round])
            {
                gates[round].SetResult();
            }

            await gates[round].Task.WaitAsync(token);
            return bytes;
        };
        await scene.EnsureAsync(scene.Start(), model.At(remote));

        Assert.That(reads, Is.EqualTo(6));
        model.AssertIn(Path.Combine(scene.CachePath, "m", "1.0.0"));
    }

    [Test]
    public async Task A_wrong_chunk_is_read_again()
    {
        await using StoreScene scene = new();
        var remote = scene.AddRemote(_model);
        var spoilt = 0;
        remote.OnRead = (file, offset, bytes, _) =>
        {
            if (file.Path == "data/weights.bin" && offset <= 10_000 && offset + bytes.Length > 10_000 && Interlocked.Increment(ref spoilt) <= 2)
            {
                bytes[10_000 - offset] ^= 1;
            }

            return ValueTask.FromResult(bytes);
        };

        await scene.EnsureAsync(scene.Start(), _model.At(remote));

        _model.AssertIn(Path.Combine(scene.CachePath, "m", "1.0.0"));
    }

    [Test]
    public async Task A_chunk_that_stays_wrong_is_named_and_nothing_of_the_version_is_visible()
    {
        await using StoreScene scene = new();
        var remote = scene.AddRemote(_model);
        remote.OnRead = (file, offset, bytes, _) =>
        {
            if (file.Path == "data/weights.bin" && offset <= 10_000 && offset + bytes.Length > 10_000)
            {
                bytes[10_000 - offset] ^= 1;
            }

            return ValueTask.FromResult(bytes);
        };

        var e = Assert.ThrowsAsync<ModelIntegrityException>(async () => await scene.EnsureAsync(scene.Start(), _model.At(remote)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Message, Does.Contain("'remote'").And.Contain("'data/weights.bin'").And.Contain("'m:1.0.0'").And.Contain("chunk 2").And.Contain("Publish the version again"));
            Assert.That(e.Expected, Is.EqualTo(_model.Document.Manifest.Files[1].Chunks[2].Sha256));
            Assert.That(e.Actual, Is.Not.Null.And.Not.EqualTo(e.Expected));
            Assert.That(remote.Reads.Count(static read => read.Path == "data/weights.bin" && read.Offset is > 0), Is.EqualTo(2));
            Assert.That(File.Exists(Path.Combine(scene.CachePath, "m", "1.0.0", "manifest.json")), Is.False);
            Assert.That(File.Exists(Path.Combine(scene.CachePath, "m", "1.0.0", "data", "weights.bin")), Is.False);
        }
    }

    [Test]
    public async Task A_source_that_delivers_too_little_is_not_believed()
    {
        await using StoreScene scene = new();
        var remote = scene.AddRemote(_model);
        remote.OnRead = (file, _, bytes, _) => ValueTask.FromResult(file.Path == "data/weights.bin" ? bytes[..^1] : bytes);

        Assert.That(async () => await scene.EnsureAsync(scene.Start(), _model.At(remote)), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("ends after"));
    }

    [Test]
    public async Task Another_provider_of_the_chain_helps_out()
    {
        await using StoreScene scene = new();
        var remote = scene.AddRemote(_model);
        var mirror = scene.AddRemote(_model, "mirror");
        remote.OnRead = (file, _, bytes, _) => file.Path == "data/weights.bin" ? throw new IOException("connection reset") : ValueTask.FromResult(bytes);

        await scene.EnsureAsync(scene.Start(), _model.At(remote));

        Assert.That(mirror.BytesRead, Is.EqualTo(TestModel.WeightsLength));
        _model.AssertIn(Path.Combine(scene.CachePath, "m", "1.0.0"));
    }

    [Test]
    public async Task A_source_that_fails_is_named()
    {
        await using StoreScene scene = new();
        var remote = scene.AddRemote(_model);
        remote.OnRead = (_, _, _, _) => throw new HttpRequestException("connection refused");

        var e = Assert.ThrowsAsync<ModelStorageException>(async () => await scene.EnsureAsync(scene.Start(), _model.At(remote)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.ProviderName, Is.EqualTo("remote"));
            Assert.That(e.Message, Does.Contain("'m:1.0.0'").And.Contain("connection refused"));
            Assert.That(e.IsTransient, Is.True);
        }
    }

    [Test]
    public async Task An_interrupted_download_goes_on_where_it_was()
    {
        await using StoreScene scene = new() { Settings = new StoreSettings { Transfer = StoreScene.OneStream } };
        var model = TestModel.Create(weightsLength: 20 << 20);
        var remote = scene.AddRemote(model);
        remote.OnRead = (_, offset, bytes, _) => offset > (8 << 20) ? throw new IOException("cable cut") : ValueTask.FromResult(bytes);
        Assert.That(async () => await scene.EnsureAsync(scene.Start(), model.At(remote)), Throws.TypeOf<ModelStorageException>());
        var before = remote.BytesRead;
        Assert.That(before, Is.GreaterThan(8 << 20));

        remote.OnRead = null;
        await scene.EnsureAsync(scene.Start(), model.At(remote));

        Assert.That(remote.BytesRead, Is.EqualTo(model.Document.Manifest.TotalSize));
        model.AssertIn(Path.Combine(scene.CachePath, "m", "1.0.0"));
    }

    [Test]
    public async Task Garbage_in_a_partial_file_is_not_taken_over()
    {
        await using StoreScene scene = new();
        var remote = scene.AddRemote(_model);
        FetchJob job = new(_model.Document, new StoreFolder(scene.CachePath, "cache", scene.Time, StoreFolderKind.Cache), [remote]);
        Directory.CreateDirectory(Path.Combine(scene.CachePath, ".partial"));
        File.WriteAllBytes(job.PartialPath(_model.Document.Manifest.Files[1]), TestFiles.Bytes(TestModel.WeightsLength + 500, seed: 99));

        await scene.EnsureAsync(scene.Start(), _model.At(remote));

        _model.AssertIn(Path.Combine(scene.CachePath, "m", "1.0.0"));
    }

    [Test]
    public async Task Files_without_their_manifest_are_taken_over_as_far_as_they_are_right()
    {
        await using StoreScene scene = new();
        var remote = scene.AddRemote(_model);
        var folder = _model.WriteTo(scene.CachePath);
        File.Delete(Path.Combine(folder, "manifest.json"));
        TestFiles.AlterUnnoticed(Path.Combine(folder, "data/weights.bin"));

        await scene.EnsureAsync(scene.Start(), _model.At(remote));

        _model.AssertIn(folder);
        Assert.That(remote.BytesRead, Is.EqualTo(TestFiles.ChunkLength));
    }

    [Test]
    public async Task A_cache_that_holds_the_version_with_other_content_is_put_right()
    {
        await using StoreScene scene = new();
        var remote = scene.AddRemote(_model);
        var folder = TestModel.Create(seed: 77).WriteTo(scene.CachePath);

        await scene.EnsureAsync(scene.Start(), _model.At(remote));

        _model.AssertIn(folder);
        Assert.That(Directory.GetDirectories(Path.Combine(scene.CachePath, ".trash")), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task A_damaged_file_of_the_cache_is_repaired_chunk_by_chunk_and_never_in_place()
    {
        await using StoreScene scene = new();
        var remote = scene.AddRemote(_model);
        var cache = scene.AddTree("cache", "cache");
        var folder = _model.WriteTo(scene.CachePath);
        var weights = Path.Combine(folder, "data/weights.bin");
        TestFiles.AlterUnnoticed(weights);
        using var mapped = File.OpenRead(weights);

        var local = await scene.EnsureAsync(scene.Start(), _model.At(cache));

        _model.AssertIn(folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(local.Trust, Is.EqualTo(TrustBasis.Hashed));
            Assert.That(remote.BytesRead, Is.EqualTo(TestFiles.ChunkLength));
            Assert.That(new BinaryReader(mapped).ReadBytes(TestModel.WeightsLength).AsSpan().SequenceEqual(_model.Content["data/weights.bin"]), Is.False);
        }
    }

    [Test]
    public async Task Damage_that_no_provider_can_repair_is_told_as_it_is()
    {
        await using StoreScene scene = new();
        var remote = scene.AddRemote(TestModel.Create("other"));
        var cache = scene.AddTree("cache", "cache");
        TestFiles.AlterUnnoticed(Path.Combine(_model.WriteTo(scene.CachePath), "data/weights.bin"));
        remote.OnRead = (_, _, _, _) => throw new IOException("offline");

        Assert.That(async () => await scene.EnsureAsync(scene.Start(), _model.At(cache)), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("altered"));
    }

    [Test]
    public async Task Two_stores_without_locks_fetch_the_same_version_side_by_side()
    {
        await using StoreScene scene = new() { Locks = NoLocks.Instance, Settings = new StoreSettings { Transfer = StoreScene.OneStream } };
        var remote = scene.AddRemote(_model);
        using Barrier both = new(2);
        remote.OnRead = (_, _, bytes, token) =>
        {
            both.SignalAndWait(TimeSpan.FromMilliseconds(100), token);
            return ValueTask.FromResult(bytes);
        };

        var locals = await Task.WhenAll(
            Task.Run(() => scene.EnsureAsync(scene.Start(), _model.At(remote))),
            Task.Run(() => scene.EnsureAsync(scene.Start(), _model.At(remote))));

        Assert.That(locals.Select(static local => local.Trust), Has.All.EqualTo(TrustBasis.Hashed));
        _model.AssertIn(Path.Combine(scene.CachePath, "m", "1.0.0"));
    }

    [Test]
    public async Task Versions_that_share_a_file_are_fetched_side_by_side()
    {
        await using StoreScene scene = new() { Locks = NoLocks.Instance };
        var remote = scene.AddRemote(_model);
        var next = TestModel.Create(version: "2.0.0");
        remote.With(next);
        var store = scene.Start();

        await Task.WhenAll(scene.EnsureAsync(store, _model.At(remote)), scene.EnsureAsync(store, next.At(remote)));

        _model.AssertIn(Path.Combine(scene.CachePath, "m", "1.0.0"));
        next.AssertIn(Path.Combine(scene.CachePath, "m", "2.0.0"));
    }

    [Test]
    public async Task With_nothing_writable_the_setting_is_named()
    {
        await using StoreScene scene = new();
        var remote = scene.AddRemote(_model);
        File.WriteAllText(scene.CachePath, "a file where the cache should be");

        var e = Assert.ThrowsAsync<ModelStorageException>(async () => await scene.EnsureAsync(scene.Start(), _model.At(remote)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Message, Does.Contain("'m:1.0.0'").And.Contain("'remote'").And.Contain("ModelManagement:CachePath").And.Contain(scene.CachePath));
            Assert.That(e.IsTransient, Is.False);
        }
    }
}
