using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Repositories;

[TestFixture]
[CancelAfter(30_000)]
public sealed class ModelResolverTests
{
    private readonly LogList _log = new();

    [Test]
    public async Task The_first_provider_that_has_a_version_gives_it()
    {
        StubProvider near = new StubProvider("near").With("m", "1.0.0"), far = new StubProvider("far").With("m", "1.0.0").With("m", "2.0.0");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await ResolveAsync("m:1.0.0", near, far)).Provider, Is.SameAs(near));
            Assert.That(far.Questions, Is.Zero, "nobody is asked without need");
            Assert.That((await ResolveAsync("m:2.0.0", near, far)).Provider, Is.SameAs(far));
        }
    }

    [Test]
    public void A_version_at_a_local_provider_resolves_without_leaving_the_thread()
    {
        var resolved = ResolveAsync("m:1.0.0", new StubProvider("near").With("m", "1.0.0"));
        Assert.That(resolved.IsCompletedSuccessfully, Is.True);
    }

    [Test]
    public async Task A_provider_that_cannot_look_is_passed_over_with_a_doubt()
    {
        StubProvider near = new("near") { Failure = new ModelStorageException("near", "the volume is away.", isTransient: true) };
        var resolved = await ResolveAsync("m:1.0.0", near, new StubProvider("far").With("m", "1.0.0"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(resolved.Provider.Name, Is.EqualTo("far"));
            Assert.That(resolved.Doubts, Is.EqualTo(new[] { "Provider 'near' could not be asked: the volume is away." }));
            Assert.That(_log.Ids, Does.Contain(1000));
        }
    }

    [Test]
    public async Task With_a_pinned_digest_it_leaves_no_doubt_who_was_asked()
    {
        var digest = StubProvider.Document("m", "1.0.0").Digest;
        StubProvider near = new("near") { Failure = new IOException("away") };
        var resolved = await ResolveAsync($"m:1.0.0@{digest}", near, new StubProvider("far").With("m", "1.0.0"));
        Assert.That(resolved.Doubts, Is.Empty);
    }

    [Test]
    public async Task A_provider_with_another_digest_than_the_pinned_one_is_passed_over()
    {
        var digest = StubProvider.Document("m", "1.0.0", "right").Digest;
        var resolved = await ResolveAsync($"m:1.0.0@{digest}", new StubProvider("near").With("m", "1.0.0", "wrong"), new StubProvider("far").With("m", "1.0.0", "right"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(resolved.Provider.Name, Is.EqualTo("far"));
            Assert.That(_log.Ids, Does.Contain(1002));
        }
    }

    [Test]
    public void Only_other_digests_than_the_pinned_one_is_an_integrity_failure_with_both()
    {
        Sha256Digest pinned = StubProvider.Document("m", "1.0.0", "right").Digest, actual = StubProvider.Document("m", "1.0.0", "wrong").Digest;
        var failure = Assert.ThrowsAsync<ModelIntegrityException>(() => ResolveAsync($"m:1.0.0@{pinned}", new StubProvider("near").With("m", "1.0.0", "wrong")));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failure!.Expected, Is.EqualTo(pinned));
            Assert.That(failure.Actual, Is.EqualTo(actual));
            Assert.That(failure.Message, Does.Contain("'near' has " + actual).And.Contain($"{pinned} is pinned"));
        }
    }

    [Test]
    public void A_model_without_a_manifest_cannot_satisfy_a_pinned_digest()
    {
        using TestTree tree = new();
        tree.Write("m/1.0.0/model.onnx");
        Assert.That(
            async () => await ResolveAsync($"m:1.0.0@sha256:{new string('a', 64)}", tree.Provider(allowUnmanifested: true)),
            Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("without a manifest"));
    }

    [Test]
    public async Task The_highest_revision_of_the_alias_documents_rules()
    {
        var near = new StubProvider("near").With("m", "1.0.0").With("m", "2.0.0").WithAliases("m", 4, ("stable", "1.0.0"), ("old", "1.0.0"));
        var far = new StubProvider("far").WithAliases("m", 5, ("stable", "2.0.0"));
        var resolved = await ResolveAsync("m:stable", near, far);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(resolved.Version, Is.EqualTo(TestTree.V("2.0.0")));
            Assert.That(resolved.Provider, Is.SameAs(near));
            Assert.That(resolved.Doubts, Is.Empty);
            Assert.That(() => ResolveAsync("m:old", near, far), Throws.TypeOf<ModelNotFoundException>(), "an alias that was dropped does not come back");
        }
    }

    [Test]
    public async Task All_providers_are_asked_for_aliases_at_once()
    {
        TaskCompletionSource gate = new();
        StubProvider near = new StubProvider("near").With("m", "1.0.0").WithAliases("m", 1, ("stable", "1.0.0")), far = new("far");
        (near.Gate, far.Gate) = (gate.Task, gate.Task);
        var resolving = ResolveAsync("m:stable", near, far);
        Assert.That((near.Questions, far.Questions), Is.EqualTo((1, 1)));
        gate.SetResult();
        Assert.That((await resolving).Version, Is.EqualTo(TestTree.V("1.0.0")));
    }

    [Test]
    public async Task An_origin_that_cannot_be_asked_leaves_a_doubt()
    {
        var near = new StubProvider("near").With("m", "1.0.0").WithAliases("m", 1, ("stable", "1.0.0"));
        StubProvider far = new("far") { Failure = new HttpRequestException("no route") };
        var resolved = await ResolveAsync("m:stable", near, far);
        Assert.That(resolved.Doubts, Is.EqualTo(new[] { "Provider 'far' could not be asked: no route" }));
    }

    [Test]
    public void An_alias_that_only_a_silent_provider_may_have_is_not_called_missing()
    {
        var near = new StubProvider("near").With("m", "1.0.0").WithAliases("m", 1, ("stable", "1.0.0"));
        StubProvider far = new("far") { Failure = new ModelStorageException("far", "timed out.", isTransient: true) };
        Assert.That(
            () => ResolveAsync("m:canary", near, far),
            Throws.TypeOf<ModelStorageException>().With.Property("IsTransient").EqualTo(true).And.Message.Contains("far: timed out."));
    }

    [Test]
    public async Task Latest_without_any_alias_document_is_the_highest_release()
    {
        var near = new StubProvider("near").With("m", "1.9.0").With("m", "2.0.0-rc.1");
        var far = new StubProvider("far").With("m", "1.10.0");
        Assert.That((await ResolveAsync("m", near, far)).Version, Is.EqualTo(TestTree.V("1.10.0")));
    }

    [Test]
    public void Latest_with_an_alias_document_that_does_not_name_it_is_not_guessed() =>
        Assert.That(
            () => ResolveAsync("m", new StubProvider("near").With("m", "1.0.0").WithAliases("m", 1, ("stable", "1.0.0"))),
            Throws.TypeOf<ModelNotFoundException>().With.Message.Contains("aliases stable"));

    [TestCase("m:1.*", "1.3.0")]
    [TestCase("m:1.2.*", "1.2.9")]
    [TestCase("m:2.*", "2.0.0")]
    public async Task A_range_is_the_highest_release_within_it_anywhere(string reference, string version)
    {
        var near = new StubProvider("near").With("m", "1.2.0").With("m", "1.2.9").With("m", "1.4.0-rc.1").With("m", "2.0.0");
        var far = new StubProvider("far").With("m", "1.3.0").With("m", "1.0.0");
        Assert.That((await ResolveAsync(reference, near, far)).Version, Is.EqualTo(TestTree.V(version)));
    }

    [TestCase("m:2.0.0-rc.1")]
    [TestCase("m:canary")]
    public async Task A_pre_release_is_served_to_those_who_name_it_or_an_alias_for_it(string reference)
    {
        var near = new StubProvider("near").With("m", "1.0.0").With("m", "2.0.0-rc.1").WithAliases("m", 1, ("canary", "2.0.0-rc.1"), ("latest", "1.0.0"));
        Assert.That((await ResolveAsync(reference, near)).Version, Is.EqualTo(TestTree.V("2.0.0-rc.1")));
    }

    [TestCase("m")]
    [TestCase("m:2.*")]
    [TestCase("m:2.0.*")]
    public void Where_there_are_pre_releases_only_nobody_gets_one_unasked(string reference) =>
        Assert.That(
            () => ResolveAsync(reference, new StubProvider("near").With("m", "2.0.0-rc.1").With("m", "2.0.1-beta")),
            Throws.TypeOf<ModelNotFoundException>().With.Message.Contains("2.0.0-rc.1"));

    [Test]
    public void What_nobody_has_is_reported_with_what_is_there()
    {
        var near = new StubProvider("near").With("m", "1.0.0").With("m", "1.1.0").WithAliases("m", 1, ("latest", "1.1.0"), ("stable", "1.0.0"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => ResolveAsync("m:2.0.0", near, new StubProvider("far")), Throws.TypeOf<ModelNotFoundException>()
                .With.Message.Contains("'m:2.0.0' is not at any of the providers 'near', 'far'")
                .And.Message.Contains("versions 1.1.0, 1.0.0; aliases latest, stable")
                .And.Message.Contains("ModelManagement:Providers")
                .And.Property("Model").EqualTo("m:2.0.0"));
            Assert.That(() => ResolveAsync("m:stabel", near), Throws.TypeOf<ModelNotFoundException>().With.Message.Contains("did you mean 'stable'?"));
            Assert.That(() => ResolveAsync("n", near), Throws.TypeOf<ModelNotFoundException>().With.Message.Contains("There is no model 'n' (did you mean 'm'?)"));
            Assert.That(() => ResolveAsync("sentiment", near), Throws.TypeOf<ModelNotFoundException>().With.Message.Contains("There is no model 'sentiment'; there is m."));
            Assert.That(() => ResolveAsync("m:9.*", near), Throws.TypeOf<ModelNotFoundException>().With.Message.Contains("'m:9.*'"));
            Assert.That(() => ResolveAsync("m"), Throws.TypeOf<ModelNotFoundException>().With.Message.Contains("no provider is configured"));
        }
    }

    [Test]
    public void An_alias_to_a_version_that_nobody_has_names_the_version()
    {
        var near = new StubProvider("near").With("m", "1.0.0").WithAliases("m", 1, ("latest", "2.0.0"));
        Assert.That(() => ResolveAsync("m", near), Throws.TypeOf<ModelNotFoundException>().With.Message.Contains("'m:latest', which is version 2.0.0, is not at provider 'near'"));
    }

    [Test]
    public void A_total_failure_names_every_provider_and_its_cause()
    {
        StubProvider near = new("near") { Failure = new ModelStorageException("near", "access denied.", isTransient: false) };
        StubProvider far = new("far") { Failure = new TimeoutException("too slow.") };
        var failure = Assert.ThrowsAsync<ModelStorageException>(() => ResolveAsync("m:1.0.0", near, far, new StubProvider("empty")));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failure!.Message, Does.Contain("near: access denied.").And.Contain("far: too slow.").And.Contain("Not at provider 'empty'"));
            Assert.That(failure.IsTransient, Is.True, "one of the causes may pass");
            Assert.That(failure.InnerException, Is.SameAs(near.Failure));
        }
    }

    [Test]
    public void A_malformed_manifest_that_nobody_replaces_stays_an_integrity_failure()
    {
        using TestTree tree = new();
        tree.Write("m/1.0.0/manifest.json", "{");
        Assert.That(() => ResolveAsync("m:1.0.0", tree.Provider("broken"), new StubProvider("empty")), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("broken: The manifest.json of model 'm' is refused"));
    }

    [Test]
    public void The_cancellation_of_the_caller_is_no_failure_of_a_provider()
    {
        StubProvider near = new("near") { Gate = new TaskCompletionSource().Task };
        using CancellationTokenSource cancellation = new();
        ModelResolver resolver = new(new ProviderChain([near]), _log);
        var resolving = resolver.ResolveAsync(ModelReference.Parse("m"), cancellation.Token);
        cancellation.Cancel();
        Assert.That(async () => await resolving, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_model_file_hides_what_repositories_hold_under_its_name()
    {
        using TestTree tree = new();
        ModelFileProvider files = new(new Dictionary<string, string> { ["m"] = tree.Write("m.onnx") });
        var far = new StubProvider("far").With("m", "3.0.0").WithAliases("m", 9, ("latest", "3.0.0")).With("n", "1.0.0");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await ResolveAsync("m", files, far)).Unmanifested?.EntryPath, Is.EqualTo(tree["m.onnx"]));
            Assert.That((await ResolveAsync("n:1.0.0", files, far)).Provider, Is.SameAs(far));
        }
    }

    [Test]
    public async Task A_bare_tree_resolves_latest_ranges_and_versions()
    {
        using TestTree tree = new();
        tree.Write("m/1/model.onnx");
        tree.Write("m/2/model.onnx");
        var provider = tree.Provider(allowUnmanifested: true);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await ResolveAsync("m", provider)).Unmanifested?.EntryPath, Is.EqualTo(tree["m/2/model.onnx"]));
            Assert.That((await ResolveAsync("m:1.*", provider)).Version, Is.EqualTo(TestTree.V("1.0.0")));
            Assert.That((await ResolveAsync("m:1.0.0", provider)).Document, Is.Null);
        }
    }

    [Test]
    public async Task Providers_that_disagree_about_a_version_are_logged()
    {
        StubProvider near = new StubProvider("near").With("m", "1.0.0", "a"), far = new StubProvider("far").With("m", "1.0.0", "b"), same = new StubProvider("same").With("m", "1.0.0", "a");
        ModelResolver resolver = new(new ProviderChain([near, same, far]), _log);
        var resolved = await resolver.ResolveAsync(ModelReference.Parse("m:1.0.0"), default);
        Assert.That(resolved.Provider, Is.SameAs(near));
        await resolver.CompareAsync(resolved, default);
        Assert.That(_log.Ids.Count(static id => id == 1001), Is.EqualTo(1));
    }

    [Test]
    public void Providers_of_one_name_are_refused() =>
        Assert.That(() => new ProviderChain([new StubProvider("a"), new StubProvider("a")]), Throws.ArgumentException.With.Message.Contains("Two providers are called 'a'"));

    [TestCase(-1, true)]
    [TestCase(1, false)]
    public async Task Aliases_that_expired_still_lead_somewhere_and_raise_a_doubt(int hoursFromNow, bool doubtful)
    {
        ManualTimeProvider time = new();
        var provider = new StubProvider("p") { Expires = time.GetUtcNow().AddHours(hoursFromNow) }.With("m", "1.0.0").WithAliases("m", 3, ("stable", "1.0.0"));
        var resolved = await new ModelResolver(new ProviderChain([provider]), _log, time: time).ResolveAsync(ModelReference.Parse("m:stable"), default);
        Assert.That(resolved.Doubts, doubtful ? Has.One.Contains("(revision 3) expired at") : (NUnit.Framework.Constraints.IResolveConstraint)Is.Empty);
    }

    private Task<ResolvedModel> ResolveAsync(string reference, params IStorageProvider[] providers) =>
        new ModelResolver(new ProviderChain(providers), _log).ResolveAsync(ModelReference.Parse(reference), default);

    private sealed class LogList : ILogger<ModelResolver>
    {
        public List<int> Ids { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Ids.Add(eventId.Id);
    }
}
