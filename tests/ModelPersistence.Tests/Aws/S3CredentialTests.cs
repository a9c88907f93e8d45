using System.Collections.Concurrent;
using System.Globalization;
using Amazon.Runtime;
using ModelPersistence.Models;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Aws;

/// <summary>Clocks and credentials that are wrong for a while, and those that stay so.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[CancelAfter(60_000)]
internal sealed class S3CredentialTests : LoopbackS3Fixture
{
    [TestCase(+60, true)]
    [TestCase(-60, true)]
    [TestCase(+60, false)]
    [TestCase(-60, false)]
    public async Task A_skewed_clock_is_offset_by_the_servers(int minutes, bool presigned, CancellationToken cancellationToken)
    {
        var refused = 0;
        ConcurrentQueue<int> lifetimes = new();
        S3.Instead = async (context, _) =>
        {
            var now = DateTimeOffset.UtcNow.AddMinutes(minutes);
            var isPresigned = context.Request.Query.ContainsKey("X-Amz-Date");
            var date = isPresigned ? context.Request.Query["X-Amz-Date"] : context.Request.Headers["x-amz-date"];
            var signed = DateTimeOffset.ParseExact(date.ToString(), "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            context.Response.Headers.Date = now.ToString("r", CultureInfo.InvariantCulture);
            lifetimes.Enqueue(isPresigned ? int.Parse(context.Request.Query["X-Amz-Expires"].ToString(), CultureInfo.InvariantCulture) : 900);
            if ((signed - now).Duration() < TimeSpan.FromMinutes(15))
            {
                return false;
            }

            Interlocked.Increment(ref refused);
            return isPresigned
                ? await LoopbackS3.RefuseAsync(context, 403, "AccessDenied", minutes > 0 ? "Request has expired" : "Request is not yet valid")
                : await LoopbackS3.RefuseAsync(context, 403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.");
        };
        var store = S3.Store(options => options.UsePresignedRequests = presigned);
        Assert.That(await ReadAsync(store, 10, 100, cancellationToken), Is.EqualTo(Content[10..110]));
        Assert.That(await ReadAsync(store, 110, 100, cancellationToken), Is.EqualTo(Content[110..210]));
        Assert.That(refused, Is.InRange(1, 2), "The difference is known from the first refusal on.");
        Assert.That(lifetimes, Has.All.InRange(800, 900), "A signature holds for a quarter of an hour, whatever this host's clock says.");
    }

    [Test]
    public void A_clock_that_stays_wrong_is_named(CancellationToken cancellationToken)
    {
        S3.Instead = static (context, _) => LoopbackS3.RefuseAsync(context, 403, "RequestTimeTooSkewed");
        Assert.That(
            async () => await ReadAsync(S3.Store(), 0, 10, cancellationToken),
            Throws.InstanceOf<ModelStorageException>().With.Message.Contains("clocks").And.Message.Contains("NTP").And.Property("IsTransient").False);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Expired_credentials_are_asked_for_anew(bool presigned, CancellationToken cancellationToken)
    {
        S3.Instead = static (context, _) =>
            (context.Request.Query.TryGetValue("X-Amz-Security-Token", out var token) ? token : context.Request.Headers["x-amz-security-token"]) == "token-2"
                ? Task.FromResult(false)
                : LoopbackS3.RefuseAsync(context, 400, "ExpiredToken", "The provided token has expired.");
        using Session session = new();
        var store = S3.Store(options => (options.Credentials, options.UsePresignedRequests) = (session, presigned));
        Assert.That(await ReadAsync(store, 0, 10, cancellationToken), Is.EqualTo(Content[..10]));
        Assert.That(await ReadAsync(store, 10, 10, cancellationToken), Is.EqualTo(Content[10..20]));
        Assert.That(session.Generated, Is.EqualTo(2));
    }

    [Test]
    public void Credentials_that_stay_expired_are_named(CancellationToken cancellationToken)
    {
        S3.Instead = static (context, _) => LoopbackS3.RefuseAsync(context, 400, "ExpiredToken");
        using Session session = new();
        var store = S3.Store(options => options.Credentials = session);
        Assert.That(async () => await ReadAsync(store, 0, 10, cancellationToken), Throws.InstanceOf<ModelStorageException>().With.Message.Contains("have expired"));
        Assert.That(async () => await store.ReadAsync("a.bin", 9999, cancellationToken), Throws.InstanceOf<ModelStorageException>().With.Message.Contains("have expired"));
    }

    [Test]
    public async Task A_search_for_credentials_that_does_not_end_is_given_up(CancellationToken cancellationToken)
    {
        ManualTimeProvider time = new();
        using ManualResetEventSlim never = new();
        TaskCompletionSource searching = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = S3.Store(
            options => options.Client = _ =>
            {
                searching.TrySetResult();
                never.Wait(cancellationToken);
                return null!;
            },
            time);
        var reading = store.ReadAsync("a.bin", 9999, cancellationToken).AsTask();
        await searching.Task.WaitAsync(cancellationToken);
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.That(async () => await reading, Throws.InstanceOf<ModelStorageException>().With.Property("IsTransient").True);
        never.Set();
    }

    [Test]
    public void No_message_holds_a_signature_or_a_secret(CancellationToken cancellationToken)
    {
        S3.Instead = static (context, _) => LoopbackS3.RefuseAsync(
            context, 403, "SignatureDoesNotMatch", "The signature does not match.", "<StringToSign>AWS4-HMAC-SHA256 private</StringToSign><SignatureProvided>private</SignatureProvided>");
        var store = S3.Store(static options => options.Credentials = new SessionAWSCredentials("key", "private", "private"));
        var presigned = Assert.ThrowsAsync<ModelStorageException>(async () => await ReadAsync(store, 0, 10, cancellationToken));
        var bySdk = Assert.ThrowsAsync<ModelStorageException>(async () => await store.ReadAsync("a.bin", 9999, cancellationToken));
        Assert.That(new[] { presigned!.ToString(), bySdk!.Message }, Has.All.Contains("credentials").And.All.Not.Contains("private").And.All.Not.Contains("X-Amz"));
    }

    /// <summary>Credentials whose first token has expired without saying so.</summary>
    private sealed class Session : RefreshingAWSCredentials
    {
        public int Generated { get; private set; }

        protected override CredentialsRefreshState GenerateNewCredentials()
        {
            Generated++;
            return new CredentialsRefreshState(new ImmutableCredentials("key", "secret", $"token-{Generated}"), DateTime.UtcNow.AddHours(1));
        }
    }
}
