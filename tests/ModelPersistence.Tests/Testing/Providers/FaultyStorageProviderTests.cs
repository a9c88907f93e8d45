using ModelPersistence.Models;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Testing.Providers;

[TestFixture]
[CancelAfter(30_000)]
public sealed class FaultyStorageProviderTests
{
    private InMemoryStorageProvider _inner = null!;
    private ManifestDocument _document = null!;
    private FaultyStorageProvider _provider = null!;

    [SetUp]
    public void SetUp()
    {
        _inner = new InMemoryStorageProvider();
        _document = _inner.Publish("m", "1.0.0", "0123456789"u8.ToArray());
        _provider = new FaultyStorageProvider(_inner);
    }

    [Test]
    public async Task Without_a_fault_it_answers_as_the_wrapped_provider_does()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await _provider.GetManifestAsync("m", ModelVersion.Parse("1.0.0"), default))!.Digest, Is.EqualTo(_document.Digest));
            Assert.That((await _provider.GetAliasesAsync("m", default))!.Revision, Is.EqualTo(1));
            Assert.That(await _provider.ListModelsAsync(default).CountAsync(), Is.EqualTo(1));
            Assert.That(await _provider.ListVersionsAsync("m", default).CountAsync(), Is.EqualTo(1));
            Assert.That(await ReadAsync(), Is.EqualTo("0123456789"));
            Assert.That(_provider.Calls, Is.EqualTo(5));
            Assert.That(_provider.BytesRead, Is.EqualTo(10));
        }
    }

    [Test]
    public async Task Calls_fail_as_often_as_they_were_told_to()
    {
        _provider.FailNext(times: 2);
        _provider.FailNext(failure: new HttpRequestException("mine"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(async () => await _provider.GetAliasesAsync("m", default), Throws.TypeOf<ModelStorageException>().With.Property("IsTransient").EqualTo(true));
            Assert.That(async () => await _provider.ListModelsAsync(default).CountAsync(), Throws.TypeOf<ModelStorageException>());
            Assert.That(ReadAsync, Throws.TypeOf<HttpRequestException>());
            Assert.That(await ReadAsync(), Is.EqualTo("0123456789"));
        }
    }

    [Test]
    public async Task Streams_break_off_end_early_or_carry_a_wrong_byte()
    {
        _provider.BreakStreams(afterBytes: 3);
        _provider.CutStreams(afterBytes: 4);
        _provider.CorruptStreams(at: 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ReadAsync, Throws.TypeOf<IOException>().With.Message.Contains("after 3 bytes"));
            Assert.That(_provider.BytesRead, Is.EqualTo(3));
            Assert.That(await ReadAsync(), Is.EqualTo("0123"));
            Assert.That(await ReadAsync(), Does.StartWith("0").And.EndsWith("23456789").And.Not.EqualTo("0123456789"));
            Assert.That(await ReadAsync(), Is.EqualTo("0123456789"));
        }
    }

    [Test]
    public async Task Answers_wait_until_they_are_released()
    {
        _provider.Hold();
        var waiting = ReadAsync();
        using CancellationTokenSource cancellation = new();
        var cancelled = _provider.GetAliasesAsync("m", cancellation.Token).AsTask();
        Assert.That(waiting.IsCompleted, Is.False);
        cancellation.Cancel();
        Assert.That(async () => await cancelled, Throws.InstanceOf<OperationCanceledException>());
        _provider.Release();
        Assert.That(await waiting, Is.EqualTo("0123456789"));
        Assert.That(await ReadAsync(), Is.EqualTo("0123456789"));
    }

    [Test]
    public void Local_paths_are_withheld_unless_they_are_wanted()
    {
        using Repositories.TestTree tree = new();
        var document = tree.AddVersion("m", "1.0.0");
        var local = tree.Provider();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new FaultyStorageProvider(local).GetLocalPath(document.Manifest, document.Manifest.Files[0]), Is.Null);
            Assert.That(new FaultyStorageProvider(local) { HideLocalPaths = false }.GetLocalPath(document.Manifest, document.Manifest.Files[0]), Is.EqualTo(tree["m/1.0.0/model.onnx"]));
        }
    }

    private Task<string> ReadAsync() => InMemoryStorageProviderTests.ReadAsync(_provider, _document, 0, 10);
}
