namespace ModelPersistence.Aws;

/// <summary>Which provider, bucket and prefix are meant: what every message names and every key begins with.</summary>
internal sealed record S3Place(string Provider, string Bucket, string Prefix, string Address)
{
    public static S3Place From(string provider, S3Options options) => new(
        provider,
        options.BucketName,
        options.Prefix.Length == 0 || options.Prefix.EndsWith('/') ? options.Prefix : options.Prefix + "/",
        options.ServiceUrl ?? "Amazon S3");

    /// <summary>The key in the bucket of a key in the repository.</summary>
    public string Full(string key) => Prefix + key;
}
