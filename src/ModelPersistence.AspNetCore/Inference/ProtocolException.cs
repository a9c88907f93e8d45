using Microsoft.AspNetCore.Http;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>A request that is answered with an error of the protocol. The message goes to the client: it names nothing of the host's inside.</summary>
internal sealed class ProtocolException(int status, string message, int? retryAfterSeconds = null) : Exception(message)
{
    public int Status => status;

    public int? RetryAfterSeconds => retryAfterSeconds;

    public static ProtocolException BadRequest(string message) => new(StatusCodes.Status400BadRequest, message);

    public static ProtocolException NotFound(string message) => new(StatusCodes.Status404NotFound, message);

    public static ProtocolException TooLarge(string message) => new(StatusCodes.Status413PayloadTooLarge, message);

    public static ProtocolException Unavailable(string message, int retryAfterSeconds) => new(StatusCodes.Status503ServiceUnavailable, message, retryAfterSeconds);
}
