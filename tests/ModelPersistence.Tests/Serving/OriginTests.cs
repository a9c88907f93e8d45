using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Serving;
using ModelPersistence.Store;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Serving;

/// <summary>A folder knows an older version than the far provider whose aliases rule.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class OriginTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly InMemoryStorageProvider _remote = new("remote");
    private readonly FaultyStorageProvider _origin;

    public OriginTests() => _origin = new FaultyStorageProvider(_remote);

    private string Cached => _folder["cache/add/aliases.json"];

    [SetUp]
    public async Task PublishOneNearAndTwoFar()
    {
        Directory.CreateDirectory(_folder["baked"]);
        Directory.CreateDirectory(_folder["one"]);
        TestModels.Add(1).Save(_folder["one/model.onnx"]);
        TestModels.Add(2).Save(_folder["two.onnx"]);
        await using (var host = new TestHost(_folder["publisher"], m => m.AddSharedVolume(_folder["baked"])))
        {
            await host.Repository.PublishAsync(_folder["one"], "add", ModelVersion.Parse("1.0.0"));
        }

        _remote.Publish("add", "1.0.0", new Dictionary<string, byte[]> { ["model.onnx"] = File.ReadAllBytes(_folder["one/model.onnx"]) });
        _remote.Publish("add", "2.0.0", File.ReadAllBytes(_folder["two.onnx"]));
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task The_version_the_origin_names_is_served_and_never_the_one_that_was_begun_with(CancellationToken token)
    {
        await using var host = Host(Long);
        _origin.Hold();
        var first = host.Models.GetAsync("add", token).AsTask();
        while (host.Status.Models is not [{ State: ModelState.Warming }, ..])
        {
            // The folder's version has been loaded; only the origin's word is missing.
            Assert.That(first.IsCompleted, Is.False);
            await Task.Yield();
        }

        _origin.Release();
        using var lease = await first;
        Assert.That((Run(lease), lease.Version.ToString()), Is.EqualTo((2f, "2.0.0")));
        Assert.That(host.Status.Models.Single().Degradations, Is.Empty);
    }

    [Test]
    public async Task An_origin_that_agrees_leaves_no_trace(CancellationToken token)
    {
        _remote.SetAlias("add", "latest", "1.0.0");
        await using var host = Host(Long);
        using var lease = await host.Models.GetAsync("add", token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Run(lease), Is.EqualTo(1));
            Assert.That(host.Status.Models.Single().Degradations, Is.Empty);
            Assert.That(host.Status.Models.Single().Timeline!.Steps.Select(static step => step.Phase), Does.Contain(LoadPhase.Confirm));
        }
    }

    [Test]
    public async Task Without_an_answer_in_time_the_known_version_is_served_degraded_until_the_origin_agrees(CancellationToken token)
    {
        _remote.SetAlias("add", "latest", "1.0.0");
        _origin.Hold();
        await using var host = Host(TimeSpan.Zero);
        using var lease = await host.Models.GetAsync("add", token);
        Assert.That(Run(lease), Is.EqualTo(1));
        Assert.That(host.Status.Models.Single().Degradations, Has.One.Contains("has not confirmed version 1.0.0 within 0 ms (AliasTimeout)"));

        _origin.Release();
        while (host.Status.Models.Single().Degradations.Count > 0)
        {
            token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Test]
    public async Task A_late_answer_that_names_another_version_is_swapped_in(CancellationToken token)
    {
        _origin.Hold();
        await using var host = Host(TimeSpan.Zero);
        using (var lease = await host.Models.GetAsync("add", token))
        {
            Assert.That(Run(lease), Is.EqualTo(1));
        }

        _origin.Release();
        while (host.Status.Models.Single().Version != ModelVersion.Parse("2.0.0"))
        {
            token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        using var second = await host.Models.GetAsync("add", token);
        Assert.That(Run(second), Is.EqualTo(2));
        Assert.That(host.Status.Models.Single().Degradations, Is.Empty);
    }

    [Test]
    public async Task An_origin_that_is_down_leaves_the_known_version_serving_and_shows(CancellationToken token)
    {
        _origin.FailNext(1000);
        await using var host = Host(Long);
        using var lease = await host.Models.GetAsync("add", token);
        Assert.That(Run(lease), Is.EqualTo(1));
        Assert.That(host.Status.Models.Single().Degradations, Has.One.Contains("'remote' could not be asked"));
    }

    [Test]
    public async Task What_the_origin_said_serves_the_next_start_without_it(CancellationToken token)
    {
        await using (var host = Host(Long))
        {
            using var lease = await host.Models.GetAsync("add", token);
            await host.Services.GetRequiredService<AliasMemory>().WhenWritten();
        }

        Assert.That(DocumentReader.ReadAliases("add", await File.ReadAllBytesAsync(Cached, token)).Revision, Is.EqualTo((await _remote.GetAliasesAsync("add", token))!.Revision));
        _origin.FailNext(1000);
        await using var next = Host(TimeSpan.Zero);
        using var second = await next.Models.GetAsync("add", token);
        Assert.That(Run(second), Is.EqualTo(2));
    }

    [Test]
    public async Task A_revision_that_is_known_here_is_never_gone_back_from(CancellationToken token)
    {
        await using (var publisher = new TestHost(_folder["publisher"], m => m.AddSharedVolume(_folder["baked"])))
        {
            foreach (var alias in new[] { "a", "b", "c", "d", "e" })
            {
                await publisher.Repository.SetAliasAsync("add", alias, ModelVersion.Parse("1.0.0"), cancellationToken: token);
            }
        }

        await using var host = Host(Long);
        using var lease = await host.Models.GetAsync("add", token);
        await host.Services.GetRequiredService<AliasMemory>().WhenWritten();
        Assert.That(Run(lease), Is.EqualTo(1));
        Assert.That(Cached, Does.Not.Exist, "an older document is not worth remembering");
    }

    [Test]
    public async Task A_version_of_the_origin_that_cannot_be_loaded_leaves_the_known_one_serving(CancellationToken token)
    {
        _remote.SetAlias("add", "latest", "3.0.0");
        await using var host = Host(Long);
        using var lease = await host.Models.GetAsync("add", token);
        Assert.That(Run(lease), Is.EqualTo(1));
        Assert.That(host.Status.Models.Single().Degradations, Has.One.Contains("Version 3.0.0 of 'add:latest' cannot serve").And.One.Contains("1.0.0 serves instead"));
    }

    [Test]
    public async Task A_reference_to_the_version_itself_asks_no_origin(CancellationToken token)
    {
        _origin.Hold();
        await using var host = Host(Long);
        using var lease = await host.Models.GetAsync("add:1.0.0", token);
        Assert.That(Run(lease), Is.EqualTo(1));
        _origin.Release();
    }

    [Test]
    public async Task A_range_follows_the_origin_too(CancellationToken token)
    {
        _remote.Publish("add", "1.2.0", await File.ReadAllBytesAsync(_folder["two.onnx"], token));
        await using var host = Host(Long);
        using var lease = await host.Models.GetAsync("add:1.*", token);
        Assert.That(lease.Version.ToString(), Is.EqualTo("1.2.0"));
    }

    [Test]
    public async Task The_origin_that_is_named_rules_alone(CancellationToken token)
    {
        InMemoryStorageProvider other = new("other");
        other.Publish("add", "1.0.0", await File.ReadAllBytesAsync(_folder["one/model.onnx"], token));
        await using var host = new TestHost(
            _folder["cache"],
            m => m.AddBakedIn(_folder["baked"]).AddProvider("other", _ => other).AddProvider("remote", _ => _origin).AddModel("add", model => model.Options.Origin = "other"),
            o => o.AliasTimeout = Long);
        using var lease = await host.Models.GetAsync("add", token);
        Assert.That((Run(lease), _origin.Calls), Is.EqualTo((1f, 0)));
    }

    [Test]
    public async Task An_alias_that_the_origin_has_dropped_is_served_once_more_and_shows(CancellationToken token)
    {
        await using (var publisher = new TestHost(_folder["publisher"], m => m.AddSharedVolume(_folder["baked"])))
        {
            await publisher.Repository.SetAliasAsync("add", "old", ModelVersion.Parse("1.0.0"), cancellationToken: token);
        }

        _remote.SetAlias("add", "new", "2.0.0");
        await using var host = Host(Long);
        using var lease = await host.Models.GetAsync("add:old", token);
        Assert.That(Run(lease), Is.EqualTo(1));
        Assert.That(host.Status.Models.Single().Degradations, Has.One.Contains("has no 'add:old' any more"));
    }

    [Test]
    public async Task A_reference_follows_its_origin_to_a_version_that_another_one_is_led_away_from(CancellationToken token)
    {
        TwoMinds origin = new(_remote);
        await using (var publisher = new TestHost(_folder["publisher"], m => m.AddSharedVolume(_folder["baked"]).AddProvider("remote", _ => _remote)))
        {
            await publisher.Repository.SetAliasAsync("add", "canary", ModelVersion.Parse("2.0.0"), cancellationToken: token);
        }

        _remote.Publish("add", "3.0.0", await File.ReadAllBytesAsync(_folder["one/model.onnx"], token));
        _remote.SetAlias("add", "canary", "3.0.0");
        _remote.SetAlias("add", "latest", "2.0.0");
        using RecordingLogger log = new();
        await using var host = new TestHost(
            _folder["cache"],
            m => m.AddBakedIn(_folder["baked"]).AddProvider("remote", _ => origin),
            o => o.AliasTimeout = Long,
            services: services => services.AddLogging(logging => logging.AddProvider(log)));

        // 1. One reference begins with 2.0.0 and waits for its origin. 2. The other is told 2.0.0 and joins that load. 3. The first is told 3.0.0.
        var canary = host.Models.GetAsync("add:canary", token).AsTask();
        while (host.Status.Models is not [{ State: ModelState.Warming }])
        {
            token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        var following = host.Models.GetAsync("add", token).AsTask();
        while (!log.Messages.Any(static message => message.Contains("names version 2.0.0", StringComparison.Ordinal)))
        {
            token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        origin.Answer();
        using var latest = await following;
        using var moved = await canary;
        Assert.That((latest.Version.ToString(), moved.Version.ToString()), Is.EqualTo(("2.0.0", "3.0.0")));
    }

    private TestHost Host(TimeSpan aliasTimeout) => new(
        _folder["cache"], m => m.AddBakedIn(_folder["baked"]).AddProvider("remote", _ => _origin), o => o.AliasTimeout = aliasTimeout);

    private static float Run(ModelLease lease)
    {
        using var outputs = lease.Run(("x", new float[1024], [1, 1024]));
        return outputs.Values<float>("y")[0];
    }

    /// <summary>Keeps the first who asks for aliases waiting.</summary>
    private sealed class TwoMinds(IStorageProvider inner) : IStorageProvider
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _aliases;

        public void Answer() => _held.SetResult();

        public string Name => inner.Name;

        public VerificationMode Verification => inner.Verification;

        public async ValueTask<AliasDocument?> GetAliasesAsync(string model, CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _aliases) == 1)
            {
                await _held.Task.WaitAsync(cancellationToken);
            }

            return await inner.GetAliasesAsync(model, cancellationToken);
        }

        public ValueTask<ManifestDocument?> GetManifestAsync(string model, ModelVersion version, CancellationToken cancellationToken) =>
            inner.GetManifestAsync(model, version, cancellationToken);

        public IAsyncEnumerable<ModelVersion> ListVersionsAsync(string model, CancellationToken cancellationToken) => inner.ListVersionsAsync(model, cancellationToken);

        public IAsyncEnumerable<string> ListModelsAsync(CancellationToken cancellationToken) => inner.ListModelsAsync(cancellationToken);

        public ValueTask<Stream> OpenReadAsync(ModelManifest manifest, ModelFile file, long offset, long length, CancellationToken cancellationToken) =>
            inner.OpenReadAsync(manifest, file, offset, length, cancellationToken);

        public string? GetLocalPath(ModelManifest manifest, ModelFile file) => null;
    }
}
