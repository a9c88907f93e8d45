using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Aws;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Tests.Aws;

/// <summary>Each refusal says what to do, and whether trying again helps.</summary>
[TestFixture]
[CancelAfter(60_000)]
internal sealed class S3FaultsTests
{
    private static readonly S3Place Place = new("S3", "models", "prod/", "Amazon S3");
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [TestCase(404, "NoSuchBucket", "", "BucketName", false)]
    [TestCase(404, "NoSuchKey", "", "no such object", false)]
    [TestCase(404, "", "", "no such object", false)]
    [TestCase(403, "AccessDenied", "Access Denied", "Allow s3:GetObject on arn:aws:s3:::models/prod/*, and s3:ListBucket", false)]
    [TestCase(403, "AccessDenied", "Access Denied", "UsePresignedRequests", false)]
    [TestCase(403, "", "", "access is denied", false)]
    [TestCase(403, "InvalidAccessKeyId", "", "access key is not known", false)]
    [TestCase(403, "SignatureDoesNotMatch", "", "secret does not belong", false)]
    [TestCase(403, "RequestTimeTooSkewed", "", "Set this host's clock", false)]
    [TestCase(403, "AccessDenied", "Request has expired", "Set this host's clock", false)]
    [TestCase(400, "ExpiredToken", "", "have expired", false)]
    [TestCase(400, "TokenRefreshRequired", "", "have expired", false)]
    [TestCase(403, "RequestExpired", "", "have expired", false)]
    [TestCase(301, "PermanentRedirect", "", "Set Region", false)]
    [TestCase(307, "TemporaryRedirect", "", "Set Region", false)]
    [TestCase(400, "AuthorizationHeaderMalformed", "", "Set Region", false)]
    [TestCase(503, "SlowDown", "", "throttled", true)]
    [TestCase(503, "ServiceUnavailable", "", "throttled", true)]
    [TestCase(429, "TooManyRequests", "", "throttled", true)]
    [TestCase(500, "InternalError", "", "server failed (500 InternalError)", true)]
    [TestCase(502, "", "", "server failed (502)", true)]
    [TestCase(400, "RequestTimeout", "", "server failed", true)]
    [TestCase(409, "ConditionalRequestConflict", "", "server failed", true)]
    [TestCase(501, "NotImplemented", "", "does not offer", false)]
    [TestCase(405, "MethodNotAllowed", "", "does not offer", false)]
    [TestCase(400, "InvalidRequest", "", "400 InvalidRequest", false)]
    public void A_refusal_says_what_to_do(int status, string code, string message, string expected, bool isTransient)
    {
        var fault = S3Faults.Explain(Place, S3Action.GetObject, "m/1.0.0/model.onnx", new S3Error((HttpStatusCode)status, code, message), Now);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(fault.Message, Does.StartWith("Provider 'S3' could not read 'prod/m/1.0.0/model.onnx' in bucket 'models': ").And.Contain(expected).And.EndWith("."));
            Assert.That(fault.IsTransient, Is.EqualTo(isTransient));
            Assert.That(fault.IsThrottled, Is.EqualTo(status is 503 or 429));
            Assert.That(fault.ProviderName, Is.EqualTo("S3"));
        }
    }

    [TestCase("ListBucket", "s3:ListBucket on arn:aws:s3:::models.")]
    [TestCase("PutObject", "s3:PutObject, s3:GetObject and s3:AbortMultipartUpload on arn:aws:s3:::models/prod/*")]
    [TestCase("DeleteObject", "s3:DeleteObject on arn:aws:s3:::models/prod/*")]
    public void A_denial_names_the_permission(string action, string expected) =>
        Assert.That(S3Faults.Explain(Place, Enum.Parse<S3Action>(action), "m/", new S3Error(HttpStatusCode.Forbidden, "AccessDenied"), Now).Message, Does.Contain(expected));

    [Test]
    public void A_skewed_clock_is_told_by_how_much() =>
        Assert.That(
            S3Faults.Explain(Place, S3Action.GetObject, "k", new S3Error(HttpStatusCode.Forbidden, "RequestTimeTooSkewed", Date: Now.AddMinutes(63)), Now).Message,
            Does.Contain("differ by 0.01:03:00"));

    [Test]
    public async Task The_expected_region_is_read_from_the_body(CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = new(HttpStatusCode.BadRequest)
        {
            Content = new StringContent("<Error><Code>AuthorizationHeaderMalformed</Code><Message>The region 'us-east-1' is wrong; expecting 'eu-west-1'</Message></Error>", null, "application/xml"),
        };
        var error = await S3Error.ReadAsync(response, cancellationToken);
        Assert.That(S3Faults.Explain(Place, S3Action.GetObject, "k", error, Now).Message, Does.EndWith("Set Region to eu-west-1."));
    }

    [TestCase("<!DOCTYPE x [<!ENTITY a \"b\">]><Error><Code>&a;</Code></Error>", "application/xml")]
    [TestCase("<Error><Code>", "application/xml")]
    [TestCase("<html></html>", "text/html")]
    [TestCase("", "application/xml")]
    public async Task A_body_that_is_not_S3s_says_nothing(string body, string type, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = new(HttpStatusCode.Forbidden) { Content = new StringContent(body, null, type) };
        Assert.That((await S3Error.ReadAsync(response, cancellationToken)).Code, Is.Empty);
    }

    [TestCase(SocketError.HostNotFound, "host name", false)]
    [TestCase(SocketError.TryAgain, "resolved just now", true)]
    [TestCase(SocketError.ConnectionRefused, "connection was refused", true)]
    [TestCase(SocketError.ConnectionReset, "connection failed (ConnectionReset)", true)]
    public void A_connection_that_fails_says_why(SocketError error, string expected, bool isTransient)
    {
        var fault = S3Faults.Explain(Place, S3Action.ListBucket, null, new HttpRequestException("x", new SocketException((int)error)), TimeSpan.FromSeconds(15));
        Assert.That((fault.Message.Contains(expected, StringComparison.Ordinal), fault.IsTransient), Is.EqualTo((true, isTransient)), fault.Message);
    }

    [TestCase("No RegionEndpoint or ServiceURL configured", "Set Region")]
    [TestCase("Failed to resolve AWS credentials.\nException 1 of 4: private", "no credentials were found")]
    [TestCase("Something else\nprivate", "the SDK failed (AmazonClientException: Something else)")]
    public void What_the_SDK_lacks_is_named(string message, string expected)
    {
        var fault = S3Faults.Explain(Place, S3Action.GetObject, "k", new AmazonClientException(message), TimeSpan.FromSeconds(15));
        Assert.That(fault.Message, Does.Contain(expected).And.Not.Contain("private"));
        Assert.That(fault.IsTransient, Is.False);
    }

    [TestCase("http://nowhere.invalid", "host name", false)]
    [TestCase("http://127.0.0.1:9", "refused", true)]
    public void A_server_that_is_not_there_is_named(string address, string expected, bool isTransient, CancellationToken cancellationToken)
    {
        S3Options options = new() { BucketName = "models", ServiceUrl = address, ForcePathStyle = true, MaxErrorRetry = 0, Credentials = new BasicAWSCredentials("key", "secret") };
        using var repository = (ObjectRepository)S3ProviderFactory.Create("S3", options, new ServiceCollection().BuildServiceProvider());
        var store = (IWritableObjectStore)repository.Store;
        using (Assert.EnterMultipleScope())
        {
            foreach (var call in (Func<Task>[])
            [
                async () => await store.ReadAsync("k", 10, cancellationToken),
                async () => await store.TryWriteAsync("k", new byte[1], WriteCondition.Absent, cancellationToken),
                async () => await store.DeleteAsync(["k"], cancellationToken),
                async () => await store.ListAsync("", true, cancellationToken).GetAsyncEnumerator(cancellationToken).MoveNextAsync(),
            ])
            {
                Assert.That(call, Throws.InstanceOf<ModelStorageException>().With.Message.Contains(expected).And.Property("IsTransient").EqualTo(isTransient));
            }

            Assert.That(async () => await store.OpenReadAsync("k", 0, 10, cancellationToken), Throws.InstanceOf<ModelStorageException>().With.Property("IsTransient").EqualTo(isTransient));
        }
    }
}
