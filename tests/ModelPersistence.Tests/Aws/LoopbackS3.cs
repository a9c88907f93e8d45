using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Amazon.Runtime;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ModelPersistence.Aws;
using ModelPersistence.Repositories;
using ModelPersistence.Tests.Support.Web;

namespace ModelPersistence.Tests.Aws;

/// <summary>As much of S3 as a test needs in order to answer wrongly: whole objects in memory, conditions, ranges. A test can answer in its place.</summary>
internal sealed class LoopbackS3 : IAsyncDisposable
{
    public const string Bucket = "models";

    private readonly ConcurrentDictionary<string, (byte[] Content, string WriteId)> _objects = new(StringComparer.Ordinal);
    private readonly List<IDisposable> _stores = [];
    private LoopbackServer _server = null!;
    private int _requests;

    /// <summary>Answers in the server's place when it returns true; requests are counted from 1.</summary>
    public Func<HttpContext, int, Task<bool>> Instead { get; set; } = static (_, _) => Task.FromResult(false);

    /// <summary>Sees every answer that was given in the usual way.</summary>
    public Action<HttpContext> Answered { get; set; } = static _ => { };

    public int Requests => Volatile.Read(ref _requests);

    public Uri Address => _server.Address;

    public static async Task<LoopbackS3> StartAsync()
    {
        LoopbackS3 s3 = new();
        s3._server = await LoopbackServer.StartAsync(s3.HandleAsync);
        return s3;
    }

    public void Put(string key, byte[] content) => _objects[key] = (content, "");

    public byte[] Get(string key) => _objects[key].Content;

    public ObjectRepository Repository(Action<S3Options>? configure = null, TimeProvider? time = null)
    {
        S3Options options = new()
        {
            BucketName = Bucket,
            ServiceUrl = Address.ToString(),
            ForcePathStyle = true,
            MaxErrorRetry = 1,
            Credentials = new BasicAWSCredentials("key", "secret"),
        };
        configure?.Invoke(options);
        var repository = (ObjectRepository)S3ProviderFactory.Create("S3", options, new ServiceCollection().AddSingleton(time ?? TimeProvider.System).BuildServiceProvider());
        _stores.Add(repository);
        return repository;
    }

    public IWritableObjectStore Store(Action<S3Options>? configure = null, TimeProvider? time = null) => (IWritableObjectStore)Repository(configure, time).Store;

    public static async Task<bool> RefuseAsync(HttpContext context, int status, string code, string message = "", string more = "")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/xml";
        await context.Response.WriteAsync($"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>", context.RequestAborted);
        return true;
    }

    /// <summary>Does what a PUT asks for, and leaves the answer to the test.</summary>
    public void Store(HttpContext context, byte[] content) =>
        _objects[KeyOf(context)] = (Decoded(context.Request, content), context.Request.Headers["x-amz-meta-modelpersistence-write"].ToString());

    public async ValueTask DisposeAsync()
    {
        _stores.ForEach(static store => store.Dispose());
        await _server.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        try
        {
            if (!await Instead(context, Interlocked.Increment(ref _requests)))
            {
                await AnswerAsync(context);
                Answered(context);
            }
        }
        catch (OperationCanceledException)
        {
            // The client has gone.
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var key = KeyOf(context);
        var exists = _objects.TryGetValue(key, out var found);
        var tag = exists ? Tag(found.Content) : null;
        if ((request.Headers.IfNoneMatch == "*" && exists) || (request.Headers.IfMatch is [{ } wanted] && wanted != tag))
        {
            await RefuseAsync(context, 412, "PreconditionFailed");
            return;
        }

        if (HttpMethods.IsPut(request.Method))
        {
            using MemoryStream body = new();
            await request.Body.CopyToAsync(body, context.RequestAborted);
            Store(context, body.ToArray());
            response.Headers.ETag = Tag(_objects[key].Content);
            return;
        }

        if (!exists)
        {
            await RefuseAsync(context, 404, "NoSuchKey");
            return;
        }

        response.Headers.ETag = tag;
        if (request.Headers.IfNoneMatch == tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.Headers["x-amz-meta-modelpersistence-write"] = found.WriteId;
        response.ContentType = "application/octet-stream";
        var (first, last) = (0, found.Content.Length - 1);
        if (request.Headers.Range is [{ } range])
        {
            var bounds = range["bytes=".Length..].Split('-');
            (first, last) = (int.Parse(bounds[0], CultureInfo.InvariantCulture), Math.Min(last, int.Parse(bounds[1], CultureInfo.InvariantCulture)));
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {first}-{last}/{found.Content.Length}";
        }

        response.ContentLength = last - first + 1;
        if (!HttpMethods.IsHead(request.Method))
        {
            await response.Body.WriteAsync(found.Content.AsMemory(first, last - first + 1), context.RequestAborted);
        }
    }

    // The SDK signs a body piece by piece: each has a line with its length in hex and its signature before it.
    private static byte[] Decoded(HttpRequest request, byte[] body)
    {
        if (request.Headers["x-amz-decoded-content-length"].Count == 0)
        {
            return body;
        }

        using MemoryStream decoded = new();
        for (var at = 0; ;)
        {
            var line = body.AsSpan(at, body.AsSpan(at).IndexOf((byte)'\n') + 1);
            var length = int.Parse(line[..line.IndexOf((byte)';')], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0)
            {
                return decoded.ToArray();
            }

            decoded.Write(body, at + line.Length, length);
            at += line.Length + length + 2;
        }
    }

    private static string KeyOf(HttpContext context) => context.Request.Path.Value![(Bucket.Length + 2)..];

    private static string Tag(byte[] content) => $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..32]}\"";
}
