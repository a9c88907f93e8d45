using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Serving;

/// <summary>Whose fault an exception of a run is.</summary>
internal static class RunOutcomes
{
    // The binding keeps the native code to itself, but its message begins with it.
    private const string InvalidArgument = "[ErrorCode:InvalidArgument]";

    // These two come under the code of every failure: a run without one of the model's inputs, and a run that RunOptions.Terminate stopped.
    private const string MissingInput = "Missing Input: ";
    private const string Terminated = "terminate flag";

    /// <summary>
    /// A kernel that refuses values, such as an index out of bounds, says invalid argument too and counts as the caller's fault: else
    /// anybody who may send requests could have a good version rolled back.
    /// </summary>
    public static RunOutcome Of(Exception exception) => exception switch
    {
        ArgumentException or ObjectDisposedException or OperationCanceledException => RunOutcome.Rejected,
        OnnxRuntimeException e when IsOfCaller(e.Message) => RunOutcome.Rejected,
        _ => RunOutcome.Failed,
    };

    private static bool IsOfCaller(string message) =>
        message.StartsWith(InvalidArgument, StringComparison.Ordinal)
        || message.Contains(MissingInput, StringComparison.Ordinal)
        || message.Contains(Terminated, StringComparison.Ordinal);
}
