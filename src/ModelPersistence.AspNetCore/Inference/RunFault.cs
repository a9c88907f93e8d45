using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>
/// Whose fault a failed run is. The runtime hides its error code, but the message begins with it. Inputs that fit the signature may still
/// not fit each other or a layer inside; the runtime then names shapes or indices, under whichever code the layer chose.
/// </summary>
internal static class RunFault
{
    private const string InvalidArgument = "[ErrorCode:InvalidArgument]";
    private const string OfLayer = "Non-zero status code returned while running";
    private const string Status = "Status Message: ";
    private const int RetryAfterMemory = 10;

    private static readonly string[] OfInputs = ["shape", "dimension", "broadcast", "axis", "axes", "indices", "out of bounds", "out of range", "index"];

    /// <summary>What the client is told; null for a fault of the server.</summary>
    public static ProtocolException? Explain(OnnxRuntimeException fault)
    {
        var message = fault.Message;
        var isOfLayer = message.Contains(OfLayer, StringComparison.Ordinal);
        if (isOfLayer && message.Contains("Failed to allocate", StringComparison.Ordinal))
        {
            return ProtocolException.Unavailable("The model has not the memory that inputs of this size take.", RetryAfterMemory);
        }

        return message.StartsWith(InvalidArgument, StringComparison.Ordinal) || (isOfLayer && OfInputs.Any(word => message.Contains(word, StringComparison.OrdinalIgnoreCase)))
            ? ProtocolException.BadRequest($"The model cannot run on these inputs, although each fits its signature{Reason(message)}.")
            : null;
    }

    // Where the runtime was built and where its files are is nobody's business.
    private static string Reason(string message)
    {
        var at = message.IndexOf(Status, StringComparison.Ordinal);
        var reason = at < 0 ? "" : message[(at + Status.Length)..].Trim().TrimEnd('.');
        return reason.Length == 0 || reason.Contains('/', StringComparison.Ordinal) || reason.Contains('\\', StringComparison.Ordinal) ? "" : $": {ClientText.Show(reason)}";
    }
}
