using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace ModelPersistence.Tests.Support.Web;

/// <summary>Objects in memory, served as a plain web server does: ranges, entity tags, conditional reads. Nothing can be listed or written.</summary>
internal sealed class StaticObjects
{
    private readonly ConcurrentDictionary<string, StaticObject> _objects = new(StringComparer.Ordinal);
    private long _bytesSent;

    /// <summary>Whether a range is answered with the whole object.</summary>
    public bool IgnoresRanges { get; set; }

    /// <summary>Whether requests must carry this value in their Authorization header.</summary>
    public string? Authorization { get; set; }

    public ConcurrentQueue<(string Path, long Offset, long Length)> Served { get; } = new();

    /// <summary>The header values of If-Match, If-Range and If-None-Match that came in, in order.</summary>
    public ConcurrentQueue<string> Conditions { get; } = new();

    public long BytesSent => Interlocked.Read(ref _bytesSent);

    public StaticObject this[string path] => _objects[path];

    public void Put(string path, byte[] content, string contentType = "application/octet-stream") =>
        _objects[path] = new StaticObject(content, $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"", contentType);

    public bool Remove(string path) => _objects.TryRemove(path, out _);

    /// <summary>Puts every file of a folder, by its relative path.</summary>
    public void PutFolder(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            Put(Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'), File.ReadAllBytes(file));
        }
    }

    public async Task HandleAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (Authorization is not null && request.Headers.Authorization != Authorization)
        {
            response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (!_objects.TryGetValue(request.Path.Value!.TrimStart('/'), out var found))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        response.Headers.ETag = found.ETag;
        response.ContentType = found.ContentType;
        if (Refuses(request.Headers.IfMatch, found, wanted: true))
        {
            response.StatusCode = StatusCodes.Status412PreconditionFailed;
            return;
        }

        if (Refuses(request.Headers.IfNoneMatch, found, wanted: false))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var (offset, length) = (0L, (long)found.Content.Length);
        var isFresh = !Refuses(request.Headers.IfRange, found, wanted: true);
        if (!IgnoresRanges && isFresh && request.Headers.Range is [{ } range])
        {
            var (first, last) = Parse(range, length);
            if (first >= length)
            {
                response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                response.Headers.ContentRange = $"bytes */{length}";
                return;
            }

            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {first}-{last}/{length}";
            (offset, length) = (first, last - first + 1);
        }

        Served.Enqueue((request.Path.Value.TrimStart('/'), offset, length));
        response.ContentLength = length;
        if (!HttpMethods.IsHead(request.Method))
        {
            await response.Body.WriteAsync(found.Content.AsMemory((int)offset, (int)length), context.RequestAborted);
            Interlocked.Add(ref _bytesSent, length);
        }
    }

    private bool Refuses(StringValues condition, StaticObject found, bool wanted)
    {
        if (condition.Count == 0)
        {
            return false;
        }

        Conditions.Enqueue(condition.ToString());
        return (condition == "*" || condition == found.ETag) != wanted;
    }

    private static (long First, long Last) Parse(string range, long length)
    {
        var bounds = range["bytes=".Length..].Split('-');
        var first = long.Parse(bounds[0], CultureInfo.InvariantCulture);
        return (first, bounds[1].Length == 0 ? length - 1 : Math.Min(length - 1, long.Parse(bounds[1], CultureInfo.InvariantCulture)));
    }
}
