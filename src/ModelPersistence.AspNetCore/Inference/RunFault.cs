namespace ModelPersistence.AspNetCore.Inference;

/// <summary>
/// Whose fault a failed run is. The runtime hides its error code, but the message begins with it. Inputs that fit the signature may still
/// not fit each other or a layer inside, which then fails under whichever code it chose. A layer that served every run before, the first
/// of them while the model was loaded, does so for its inputs; for memory or a device it says so.
/// </summary>
internal static class RunFault
{
    private const string InvalidArgument = "[ErrorCode:InvalidArgument]";
    private const string OfLayer = "Non-zero status code returned while running";
    private const string Status = "Status Message: ";
    private const int RetryAfterMemory = 10;

    private static readonly string[] OfMemory = ["allocate", "bad_alloc", "out of memory"];
    private static readonly string[] OfDevice = ["CUDA", "CUDNN", "CUBLAS", "HIP ", "DirectML", "DXGI", "device", "driver"];

    /// <summary>What the client is told; null for a fault of the server.</summary>
    public static ProtocolException? Explain(string message)
    {
        var isOfLayer = message.Contains(OfLayer, StringComparison.Ordinal);
        if (isOfLayer && Speaks(message, OfMemory))
        {
            return ProtocolException.Unavailable("The model has not the memory that inputs of this size take.", RetryAfterMemory);
        }

        return message.StartsWith(InvalidArgument, StringComparison.Ordinal) || (isOfLayer && !Speaks(message, OfDevice))
            ? ProtocolException.BadRequest($"The model cannot run on these inputs, although each fits its signature{Reason(message)}.")
            : null;
    }

    private static bool Speaks(string message, string[] words) => words.Any(word => message.Contains(word, StringComparison.OrdinalIgnoreCase));

    // Where the runtime was built and where its files are is nobody's business.
    private static string Reason(string message)
    {
        var at = message.IndexOf(Status, StringComparison.Ordinal);
        var reason = at < 0 ? "" : message[(at + Status.Length)..].Trim().TrimEnd('.');
        return reason.Length == 0 || reason.Contains('/', StringComparison.Ordinal) || reason.Contains('\\', StringComparison.Ordinal) ? "" : $": {ClientText.Show(reason)}";
    }
}
