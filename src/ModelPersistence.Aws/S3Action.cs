namespace ModelPersistence.Aws;

/// <summary>What is asked of S3, named by the permission that it needs.</summary>
internal enum S3Action
{
    GetObject,
    ListBucket,
    PutObject,
    DeleteObject,
}
