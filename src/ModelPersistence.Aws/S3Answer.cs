namespace ModelPersistence.Aws;

/// <summary>What a call gave, or the refusal that its caller expected.</summary>
internal readonly record struct S3Answer<T>(T? Value, S3Error? Error)
    where T : class;
