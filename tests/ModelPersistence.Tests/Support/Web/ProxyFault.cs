namespace ModelPersistence.Tests.Support.Web;

/// <summary>What a <see cref="FaultProxy"/> does to one answer.</summary>
/// <param name="Kind">The fault.</param>
/// <param name="After">How many bytes of the body pass before it, where that matters.</param>
internal sealed record ProxyFault(ProxyFaultKind Kind, long After = 0);

internal enum ProxyFaultKind
{
    /// <summary>The connection is closed in the middle of the body.</summary>
    Cut,

    /// <summary>No further byte comes, and the connection stays open until the client gives up.</summary>
    Stall,

    /// <summary>503 SlowDown in S3's form, and the request never reaches the server.</summary>
    SlowDown,

    /// <summary>One byte of the body is another.</summary>
    WrongByte,

    /// <summary>The entity tag is another than the object's, and a request for the object's own tag fails with 412, as when it was overwritten.</summary>
    ChangedETag,

    /// <summary>The body comes in small pieces.</summary>
    Slow,

    /// <summary>The whole object with status 200, whatever range was asked for.</summary>
    WholeObject,

    /// <summary>Status 200 and a web page.</summary>
    WebPage,

    /// <summary>The server carries the request out, and the connection is closed before a byte of the answer.</summary>
    LostAnswer,
}
