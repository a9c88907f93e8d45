namespace ModelPersistence.Tests.Support.Web;

/// <summary>One object of <see cref="StaticObjects"/>.</summary>
internal sealed record StaticObject(byte[] Content, string ETag, string ContentType);
