using Microsoft.AspNetCore.Http;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Tests.Aws;

/// <summary>Listings that do not end, and those that nobody reads to their end.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[CancelAfter(60_000)]
internal sealed class S3ListingTests : LoopbackS3Fixture
{
    [Test]
    public void A_listing_that_repeats_its_page_ends(CancellationToken cancellationToken)
    {
        S3.Instead = static (context, _) => ListingAsync(context, "<KeyCount>1</KeyCount><Contents><Key>m/x</Key><Size>1</Size></Contents>", "same");
        Assert.That(async () => await ListAsync(cancellationToken), Throws.InstanceOf<ModelStorageException>().With.Message.Contains("does not go on").And.Property("IsTransient").False);
        Assert.That(S3.Requests, Is.EqualTo(2));
    }

    [Test]
    public void A_listing_of_empty_pages_ends(CancellationToken cancellationToken)
    {
        S3.Instead = static (context, number) => ListingAsync(context, "<KeyCount>0</KeyCount>", $"page-{number}");
        Assert.That(async () => await ListAsync(cancellationToken), Throws.InstanceOf<ModelStorageException>().With.Message.Contains("does not go on"));
        Assert.That(S3.Requests, Is.LessThanOrEqualTo(100));
    }

    [Test]
    public void A_listing_that_never_ends_is_bounded(CancellationToken cancellationToken)
    {
        S3.Instead = static (context, number) => ListingAsync(
            context,
            "<KeyCount>1000</KeyCount>" + string.Concat(Enumerable.Range(0, 1000).Select(i => $"<Contents><Key>m/{number}.{i}.0/manifest.json</Key><Size>1</Size></Contents>")),
            $"page-{number}");
        Assert.That(
            async () =>
            {
                await foreach (var _ in S3.Repository().ListVersionsAsync("m", cancellationToken))
                {
                }
            },
            Throws.InstanceOf<ModelStorageException>().With.Message.Contains("does not end"));
        Assert.That(S3.Requests, Is.LessThanOrEqualTo((ObjectRepository.MaxListed / 1000) + 1));
    }

    [Test]
    public async Task A_listing_is_asked_for_only_as_far_as_it_is_read(CancellationToken cancellationToken)
    {
        S3.Instead = static (context, number) => ListingAsync(context, $"<KeyCount>1</KeyCount><Contents><Key>m/{number}</Key><Size>1</Size></Contents>", $"page-{number}");
        await foreach (var _ in S3.Store().ListAsync("", recursive: true, cancellationToken))
        {
            break;
        }

        Assert.That(S3.Requests, Is.EqualTo(1));
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in S3.Store().ListAsync("m/", recursive: true, cancellationToken))
        {
        }
    }

    private static async Task<bool> ListingAsync(HttpContext context, string entries, string next)
    {
        context.Response.ContentType = "application/xml";
        await context.Response.WriteAsync(
            $"<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>models</Name><IsTruncated>true</IsTruncated><NextContinuationToken>{next}</NextContinuationToken>{entries}</ListBucketResult>",
            context.RequestAborted);
        return true;
    }
}
