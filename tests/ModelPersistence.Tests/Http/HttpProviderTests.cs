using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ModelPersistence.Http;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Serving;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;
using ModelPersistence.Tests.Support.Web;

namespace ModelPersistence.Tests.Http;

/// <summary>A tree that was published into a folder, served by a plain web server, and used by a host that knows nothing but its address.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class HttpProviderTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly StaticObjects _objects = new();
    private LoopbackServer _server = null!;
    private FaultProxy _proxy = null!;

    [SetUp]
    public async Task PublishAndServeAsync()
    {
        Directory.CreateDirectory(_folder["tree"]);
        Directory.CreateDirectory(_folder["one"]);
        TestModels.Add(1).Save(_folder["one/model.onnx"]);
        await using (var host = new TestHost(_folder["publisher"], m => m.AddSharedVolume(_folder["tree"])))
        {
            await host.Repository.PublishAsync(_folder["one"], "add", ModelVersion.Parse("1.0.0"), new PublishOptions { Aliases = ["stable"] });
        }

        _objects.PutFolder(_folder["tree"]);
        _server = await LoopbackServer.StartAsync(_objects.HandleAsync);
        _proxy = await FaultProxy.StartAsync(_server.Address);
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [TestCase("add")]
    [TestCase("add:stable")]
    [TestCase("add:1.*")]
    [TestCase("add:1.0.0")]
    public async Task A_model_is_served_from_a_web_server(string reference)
    {
        await using var host = Host();
        using var lease = await host.Models.GetAsync(reference);
        Assert.That(Run(lease), Is.EqualTo(1));
        Assert.That(host.Status.Models.Single().Degradations, Is.Empty);
    }

    [Test]
    public async Task A_second_start_needs_no_server()
    {
        await using (var host = Host())
        {
            using var lease = await host.Models.GetAsync("add:stable");
        }

        await _server.DisposeAsync();
        await using var next = Host();
        using var second = await next.Models.GetAsync("add:stable");
        Assert.That(Run(second), Is.EqualTo(1));
    }

    [Test]
    public async Task A_model_that_is_not_there_is_not_found()
    {
        await using var host = Host();
        Assert.That(async () => await host.Models.GetAsync("sub"), Throws.TypeOf<ModelNotFoundException>().With.Message.Contains("'Http'"));
        Assert.That(async () => await host.Models.GetAsync("add:2.0.0"), Throws.TypeOf<ModelNotFoundException>().With.Message.Contains("versions 1.0.0"));
    }

    [Test]
    public async Task Credentials_are_sent_with_every_request()
    {
        _objects.Authorization = "Bearer secret";
        await using (var wrong = Host(o => o.BearerToken = "other"))
        {
            Assert.That(async () => await wrong.Models.GetAsync("add"), Throws.TypeOf<ModelStorageException>()
                .With.Message.Contains("401").And.Message.Contains("Check the credentials").And.Message.Not.Contains("other"));
        }

        var (calls, before) = (0, _proxy.Requests);
        await using var host = Host(o => o.Authorize = (request, _) =>
        {
            Interlocked.Increment(ref calls);
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer secret");
            return ValueTask.CompletedTask;
        });
        using var lease = await host.Models.GetAsync("add");
        Assert.That((Run(lease), calls), Is.EqualTo((1f, _proxy.Requests - before)));
    }

    [Test]
    public void An_authorization_that_never_comes_is_given_up()
    {
        ManualTimeProvider time = new();
        HttpProviderOptions options = new() { BaseAddress = _proxy.Address, Authorize = static (_, _) => new(new TaskCompletionSource().Task) };
        using HttpObjectStore store = new(options, new HttpClient(), ownsClient: true, time);
        var reading = store.ReadAsync("add/aliases.json", 1 << 20, default).AsTask();
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.That(async () => await reading, Throws.TypeOf<ModelStorageException>()
            .With.Message.Contains("Authorize of provider 'Http'").And.Property(nameof(ModelStorageException.IsTransient)).True);
    }

    [Test]
    public async Task Configuration_alone_adds_it_with_a_token()
    {
        _objects.Authorization = "Bearer secret";
        await using var host = new TestHost(_folder["cache"], configuration: new Dictionary<string, string?>
        {
            ["ModelManagement:Providers:0:Type"] = "Http",
            ["ModelManagement:Providers:0:Name"] = "cdn",
            ["ModelManagement:Providers:0:Settings:BaseAddress"] = _proxy.Address.ToString(),
            ["ModelManagement:Providers:0:Settings:BearerToken"] = "secret",
        });
        using var lease = await host.Models.GetAsync("add");
        Assert.That(Run(lease), Is.EqualTo(1));
    }

    [TestCase("BaseAddress", "models", "Providers:0:Settings:BaseAddress: it is not an address")]
    [TestCase("BaseAddress", "https://user:secret@models.example/", "Settings:BaseAddress: it has a user name, a query or a fragment")]
    [TestCase("BaseAddress", "https://models.example/?sig=secret", "Settings:BaseAddress: it has a user name, a query or a fragment")]
    [TestCase("BaseAddress", "ftp://user:secret@models.example/", "Settings:BaseAddress: it is not an address")]
    [TestCase("BearerToken", "secret\n", "Settings:BearerToken: it is empty or holds")]
    [TestCase("BearerToken", "", "Settings:BearerToken: it is empty or holds")]
    [TestCase("BearerTokn", "secret", "Settings: 'ErrorOnUnknownConfiguration'")]
    [TestCase("AttemptTimeout", "soon", "Providers:0:Settings: ")]
    [TestCase("AttemptTimeout", "50.00:00:00", "Settings:AttemptTimeout: 50.00:00:00 is not between")]
    public async Task Settings_that_cannot_be_are_named(string setting, string value, string says)
    {
        await using var host = new TestHost(_folder["cache"], configuration: new Dictionary<string, string?>
        {
            ["ModelManagement:Providers:0:Type"] = "Http",
            ["ModelManagement:Providers:0:Settings:BaseAddress"] = _proxy.Address.ToString(),
            [$"ModelManagement:Providers:0:Settings:{setting}"] = value,
        });
        Assert.That(async () => await host.StartAsync(), Throws.TypeOf<OptionsValidationException>().With.Message.Contains(says).And.Message.Not.Contains("secret"));
    }

    [Test]
    public async Task The_hosts_own_client_is_used_and_left_alive()
    {
        using HttpClient client = new() { BaseAddress = new Uri("http://unused.invalid/") };
        await using (var host = Host(o => o.Client = _ => client))
        {
            using var lease = await host.Models.GetAsync("add");
        }

        Assert.That(async () => await client.GetAsync(new Uri(_proxy.Address, "add/aliases.json")), Throws.Nothing);
    }

    [TestCase(ProxyFaultKind.WebPage, "answered with a web page")]
    [TestCase(ProxyFaultKind.SlowDown, "503")]
    public async Task A_server_that_answers_with_something_else_is_told(object kind, string says)
    {
        _proxy.Decide = (_, _) => new ProxyFault((ProxyFaultKind)kind);
        await using var host = Host();
        Assert.That(async () => await host.Models.GetAsync("add"), Throws.TypeOf<ModelStorageException>().With.Message.Contains(says)
            .And.Property(nameof(ModelStorageException.IsTransient)).EqualTo((ProxyFaultKind)kind == ProxyFaultKind.SlowDown));
    }

    [Test]
    public async Task Documents_come_through_passing_faults()
    {
        _proxy.Decide = static (_, number) => number % 3 == 0 ? null : new ProxyFault(number % 3 == 1 ? ProxyFaultKind.SlowDown : ProxyFaultKind.Cut);
        HttpObjectStore store = new(new HttpProviderOptions { BaseAddress = _proxy.Address }, new HttpClient(), ownsClient: true, TimeProvider.System);
        using (store)
        {
            Assert.That((await store.ReadAsync("add/aliases.json", 1 << 20, default))!.Content.ToArray(), Is.EqualTo(_objects["add/aliases.json"].Content));
        }
    }

    [Test]
    public async Task A_document_larger_than_its_bound_is_refused_before_it_is_read()
    {
        _objects.Put("big", new byte[1 << 20]);
        using HttpObjectStore store = new(new HttpProviderOptions { BaseAddress = _proxy.Address }, new HttpClient(), ownsClient: true, TimeProvider.System);
        Assert.That(async () => await store.ReadAsync("big", 1000, default), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("larger than the 1000 bytes"));
    }

    [Test]
    public async Task An_address_where_nobody_listens_is_told()
    {
        await _proxy.DisposeAsync();
        await using var host = Host();
        Assert.That(async () => await host.Models.GetAsync("add"), Throws.TypeOf<ModelStorageException>()
            .With.Message.Contains("no connection (ConnectionRefused)").And.Property(nameof(ModelStorageException.IsTransient)).True);
    }

    [Test]
    public async Task A_wrong_address_is_refused_at_once()
    {
        await using var host = new TestHost(_folder["cache"]);
        Assert.That(() => new ServiceCollection().AddModelManagement(static o => o.EagerStart = false).AddHttp("ftp://x"), Throws.ArgumentException.With.Message.Contains("http://"));
    }

    private TestHost Host(Action<HttpProviderOptions>? configure = null) =>
        new(_folder["cache"], m => m.AddHttp(_proxy.Address.ToString(), configure), static o => o.AliasTimeout = TimeSpan.FromMinutes(1));

    private static float Run(ModelLease lease)
    {
        using var outputs = lease.Run(("x", new float[1024], [1, 1024]));
        return outputs.Values<float>("y")[0];
    }
}
