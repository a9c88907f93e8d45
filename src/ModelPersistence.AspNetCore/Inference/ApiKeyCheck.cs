using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>Whether a request carries one of the keys. Hashes of one length are compared, all of them, so that the time tells nothing.</summary>
internal sealed class ApiKeyCheck(IEnumerable<string> keys)
{
    private const string Header = "X-Api-Key";
    private const string Scheme = "Bearer ";

    private readonly byte[][] _hashes = [.. keys.Select(static key => SHA256.HashData(Encoding.UTF8.GetBytes(key)))];

    /// <exception cref="ProtocolException">It carries none.</exception>
    public void Require(HttpContext context)
    {
        if (_hashes.Length > 0 && !IsKey(Presented(context.Request.Headers)))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            throw new ProtocolException(StatusCodes.Status401Unauthorized, $"A key is needed: send it as 'Authorization: Bearer KEY' or '{Header}: KEY'.");
        }
    }

    private static string Presented(IHeaderDictionary headers)
    {
        if (headers.TryGetValue(Header, out var key) && key.Count == 1)
        {
            return key.ToString();
        }

        var authorization = headers[HeaderNames.Authorization].ToString();
        return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..].Trim() : "";
    }

    private bool IsKey(string presented)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(presented), hash);
        var found = false;
        foreach (var known in _hashes)
        {
            found |= CryptographicOperations.FixedTimeEquals(known, hash);
        }

        return found;
    }
}
