using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ModelPersistence.Monitoring;

/// <summary>
/// Says that a post comes from somebody who knows the secret, and when it was made: <c>t=1767225600,v1=5f2c…</c>, the HMAC-SHA256 of
/// <c>timestamp.body</c> in lowercase hexadecimal.
/// </summary>
internal static class WebhookSignature
{
    public const string Header = "ModelPersistence-Signature";

    public static string Create(string secret, DateTimeOffset time, ReadOnlySpan<byte> body)
    {
        var timestamp = time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.UTF8.GetBytes(timestamp + "."), .. body];
        return $"t={timestamp},v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))}";
    }
}
