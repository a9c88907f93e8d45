using ModelPersistence.Models;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Aws;

/// <summary>Answers and uploads that break off or stand still.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[CancelAfter(60_000)]
internal sealed class S3StallTests : LoopbackS3Fixture
{
    [Test]
    public async Task A_document_whose_body_breaks_off_is_read_again(CancellationToken cancellationToken)
    {
        S3.Instead = static async (context, number) =>
        {
            if (number > 1)
            {
                return false;
            }

            context.Response.ContentLength = Content.Length;
            await context.Response.Body.WriteAsync(Content.AsMemory(0, 500), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
            return true;
        };
        Assert.That((await S3.Store().ReadAsync("a.bin", 9999, cancellationToken))!.Content.ToArray(), Is.EqualTo(Content));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_answer_that_never_comes_is_given_up(bool presigned, CancellationToken cancellationToken)
    {
        ManualTimeProvider time = new();
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        S3.Instead = async (context, _) =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return true;
        };
        var reading = ReadAsync(S3.Store(options => (options.UsePresignedRequests, options.MaxErrorRetry) = (presigned, 0), time), 0, 10, cancellationToken);
        await asked.Task.WaitAsync(cancellationToken);
        Assert.That(reading.IsCompleted, Is.False);
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.That(async () => await reading, Throws.InstanceOf<ModelStorageException>().With.Message.Contains("15 s").And.Message.Contains("AttemptTimeout").And.Property("IsTransient").True);
    }

    [Test]
    public async Task An_upload_that_nobody_takes_is_given_up(CancellationToken cancellationToken)
    {
        ManualTimeProvider time = new();
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        S3.Instead = async (context, _) =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return true;
        };
        var store = S3.Store(static options => (options.MaxErrorRetry, options.MultipartThreshold) = (0, 1L << 30), time);
        var uploading = store.UploadAsync("big.bin", new BytesContent(new byte[64 << 20]), cancellationToken);
        await asked.Task.WaitAsync(cancellationToken);
        while (!uploading.IsCompleted)
        {
            // What the sockets between still take counts as progress.
            time.Advance(TimeSpan.FromSeconds(15));
            await Task.Yield();
        }

        Assert.That(async () => await uploading, Throws.InstanceOf<ModelStorageException>().With.Message.Contains("AttemptTimeout").And.Property("IsTransient").True);
    }

    [Test]
    public async Task A_document_that_stalls_is_given_up(CancellationToken cancellationToken)
    {
        ManualTimeProvider time = new();
        TaskCompletionSource sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        S3.Instead = async (context, _) =>
        {
            context.Response.ContentLength = Content.Length;
            await context.Response.Body.WriteAsync(Content.AsMemory(0, 500), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            sent.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return true;
        };
        var reading = S3.Store(static options => options.MaxErrorRetry = 0, time).ReadAsync("a.bin", 9999, cancellationToken).AsTask();
        await sent.Task.WaitAsync(cancellationToken);
        while (!reading.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(15));
            await Task.Yield();
        }

        Assert.That(async () => await reading, Throws.InstanceOf<ModelStorageException>().With.Property("IsTransient").True);
    }
}
