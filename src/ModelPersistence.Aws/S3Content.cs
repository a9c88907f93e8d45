namespace ModelPersistence.Aws;

/// <summary>The media types of what is written.</summary>
internal static class S3Content
{
    public static string TypeOf(string key) => key.EndsWith(".json", StringComparison.Ordinal) ? "application/json" : "application/octet-stream";
}
