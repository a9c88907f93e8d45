using System.Diagnostics;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Repositories;

[TestFixture]
[CancelAfter(30_000)]
public sealed class VolumeTimeoutTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();

    [Test]
    public async Task A_volume_that_hangs_is_given_up_on_after_the_limit()
    {
        using ManualResetEventSlim release = new();
        var io = NewIo();
        var call = io.RunAsync(() => Block(release), "read 'x'", default).AsTask();
        Assert.That(call.IsCompleted, Is.False);
        _time.Advance(Limit);
        var failure = Assert.ThrowsAsync<ModelStorageException>(() => call);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failure!.Message, Does.Contain("the volume did not answer within 30 s (ModelManagement:VolumeTimeout)"));
            Assert.That(failure.ProviderName, Is.EqualTo("efs"));
            Assert.That(failure.IsTransient, Is.True);
        }

        release.Set();
        Assert.That(await io.RunAsync(static () => 7, "read 'x'", default), Is.EqualTo(7));
    }

    [Test]
    public void Cancellation_ends_the_wait_and_not_the_call()
    {
        using ManualResetEventSlim release = new();
        using CancellationTokenSource cancellation = new();
        var call = NewIo().RunAsync(() => Block(release), "read 'x'", cancellation.Token).AsTask();
        cancellation.Cancel();
        Assert.That(async () => await call, Throws.InstanceOf<OperationCanceledException>());
        release.Set();
    }

    [Test]
    public void Calls_that_never_come_back_are_bounded()
    {
        using ManualResetEventSlim release = new();
        var io = NewIo();
        for (var i = 0; i < 4; i++)
        {
            var call = io.RunAsync(() => Block(release), "read 'x'", default).AsTask();
            _time.Advance(Limit);
            Assert.ThrowsAsync<ModelStorageException>(() => call);
        }

        Assert.That(async () => await io.RunAsync(static () => 1, "read 'x'", default), Throws.TypeOf<ModelStorageException>().With.Message.Contains("4 earlier calls on the volume have not come back"));
        release.Set();
    }

    [Test]
    public async Task What_a_late_call_opened_is_closed()
    {
        using ManualResetEventSlim release = new();
        TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var call = NewIo().RunAsync(() => OpenLate(release, closed), "open 'x'", default).AsTask();
        _time.Advance(Limit);
        Assert.ThrowsAsync<ModelStorageException>(() => call);
        release.Set();
        await closed.Task;
    }

    [Test]
    public async Task A_late_read_does_not_touch_the_buffer_of_the_caller()
    {
        using ManualResetEventSlim release = new();
        TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using TestTree tree = new();
        using FileRangeStream stream = new(File.OpenHandle(tree.Write("file", "late!")), "file", 0, 5, NewIo(), (handle, target, offset) =>
        {
            release.Wait();
            var count = RandomAccess.Read(handle, target, offset);
            written.SetResult();
            return count;
        });
        var buffer = new byte[5];
        var read = stream.ReadAsync(buffer).AsTask();
        _time.Advance(Limit);
        Assert.ThrowsAsync<ModelStorageException>(() => read);
        release.Set();
        await written.Task;
        Assert.That(buffer, Is.All.Zero);
    }

    [Test]
    public void A_manifest_that_is_a_pipe_hangs_only_until_the_limit()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Needs a named pipe in the file system.");
        }

        using TestTree tree = new();
        Directory.CreateDirectory(tree["m/1.0.0"]);
        MakePipe(tree["m/1.0.0/manifest.json"]);
        var provider = tree.Provider("efs", timeout: Limit, time: _time);
        var reading = provider.GetManifestAsync("m", TestTree.V("1.0.0"), default).AsTask();
        _time.Advance(Limit);
        Assert.That(async () => await reading, Throws.TypeOf<ModelStorageException>().With.Message.Contains("ModelManagement:VolumeTimeout").And.Message.Contains("manifest.json"));
        using var wake = File.OpenHandle(tree["m/1.0.0/manifest.json"], FileMode.Open, FileAccess.ReadWrite);
    }

    [Test]
    public async Task A_model_file_that_is_a_pipe_is_never_opened()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Needs a named pipe in the file system.");
        }

        using TestTree tree = new();
        var document = tree.AddVersion("m", "1.0.0");
        File.Delete(tree["m/1.0.0/model.onnx"]);
        MakePipe(tree["m/1.0.0/model.onnx"]);
        await using var stream = await tree.Provider().OpenReadAsync(document.Manifest, document.Manifest.EntryFile, 0, 5, default);
        Assert.That(stream.ReadByte(), Is.EqualTo(-1));
    }

    [Test]
    public void Faults_that_nobody_mends_by_waiting_are_not_transient()
    {
        const int NoSpace = 28, ReadOnly = 30;
        var io = NewIo();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Transient(new IOException("gone", 5)), Is.True);
            Assert.That(Transient(new IOException("full", NoSpace)), Is.False);
            Assert.That(Transient(new IOException("read-only", ReadOnly)), Is.False);
            Assert.That(Transient(new UnauthorizedAccessException()), Is.False);
        }

        bool Transient(Exception e) => Assert.ThrowsAsync<ModelStorageException>(async () => await io.RunAsync<int>(() => throw e, "read 'x'", default))!.IsTransient;
    }

    private VolumeIo NewIo() => new("efs", "/mnt/efs", Limit, _time);

    private static int Block(ManualResetEventSlim release)
    {
        release.Wait();
        return 1;
    }

    private static Closed OpenLate(ManualResetEventSlim release, TaskCompletionSource closed)
    {
        release.Wait();
        return new Closed(closed);
    }

    private static void MakePipe(string path) => Process.Start("mkfifo", [path]).WaitForExit();

    private sealed class Closed(TaskCompletionSource closed) : IDisposable
    {
        public void Dispose() => closed.SetResult();
    }
}
