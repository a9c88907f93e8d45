using System.Globalization;
using System.Xml.Linq;

namespace ModelPersistence.Download.Servers;

/// <summary>An answer to ListObjects and ListObjectsV2 for the objects below one prefix.</summary>
internal static class Listing
{
    public static void Write(string path, string root, string bucket, string prefix)
    {
        XNamespace s3 = "http://s3.amazonaws.com/doc/2006-03-01/";
        var files = Directory.GetFiles(Path.Combine(root, bucket, prefix), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        new XDocument(new XElement(
            s3 + "ListBucketResult",
            new XElement(s3 + "Name", bucket),
            new XElement(s3 + "Prefix", $"{prefix}/"),
            new XElement(s3 + "KeyCount", files.Length),
            new XElement(s3 + "MaxKeys", 1000),
            new XElement(s3 + "IsTruncated", "false"),
            files.Select(file => new XElement(
                s3 + "Contents",
                new XElement(s3 + "Key", Path.GetRelativePath(Path.Combine(root, bucket), file)),
                new XElement(s3 + "LastModified", File.GetLastWriteTimeUtc(file).ToString("yyyy-MM-dd'T'HH:mm:ss'.000Z'", CultureInfo.InvariantCulture)),
                new XElement(s3 + "ETag", "\"0-1\""),
                new XElement(s3 + "Size", new FileInfo(file).Length),
                new XElement(s3 + "StorageClass", "STANDARD"))))).Save(path);
    }
}
