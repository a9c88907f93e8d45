using System.Runtime.CompilerServices;
using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>What a session takes and gives. Made once for each session.</summary>
internal sealed class ModelSignature
{
    private static readonly ConditionalWeakTable<InferenceSession, ModelSignature> Known = [];

    private readonly string[] _carriedOutputs;

    private ModelSignature(InferenceSession session)
    {
        Inputs = [.. session.InputNames.Select(name => new TensorSignature(name, session.InputMetadata[name]))];
        Outputs = [.. session.OutputNames.Select(name => new TensorSignature(name, session.OutputMetadata[name]))];
        _carriedOutputs = [.. Outputs.Where(static output => output.Datatype is not null).Select(static output => output.Name)];
    }

    public TensorSignature[] Inputs { get; }

    public TensorSignature[] Outputs { get; }

    public static ModelSignature Of(InferenceSession session) => Known.GetValue(session, static s => new ModelSignature(s));

    /// <summary>The names of the outputs to compute.</summary>
    /// <exception cref="ProtocolException">The request does not fit the model.</exception>
    public string[] Check(InferenceRequest request)
    {
        foreach (var tensor in request.Inputs)
        {
            (Find(Inputs, tensor.Name) ?? throw ProtocolException.BadRequest($"The model has no input '{ClientText.Show(tensor.Name)}'; it has {Names(Inputs)}.")).Check(tensor);
        }

        // All of the request's are known and none is there twice: a different number means that one is missing.
        if (request.Inputs.Count != Inputs.Length)
        {
            throw ProtocolException.BadRequest($"The model takes {Names(Inputs)}; the request lacks {Names(Inputs.Where(input => !request.Inputs.Exists(given => given.Name == input.Name)))}.");
        }

        return request.Outputs.Count == 0 ? _carriedOutputs : [.. request.Outputs.Select(Wanted)];

        string Wanted(RequestedOutput wanted) => Find(Outputs, wanted.Name) switch
        {
            null => throw ProtocolException.BadRequest($"The model has no output '{ClientText.Show(wanted.Name)}'; it has {Names(Outputs)}."),
            { Datatype: null } => throw ProtocolException.BadRequest($"The output '{wanted.Name}' is not a tensor that the protocol can carry."),
            var output => output.Name,
        };
    }

    private static TensorSignature? Find(TensorSignature[] all, string name)
    {
        foreach (var one in all)
        {
            if (one.Name == name)
            {
                return one;
            }
        }

        return null;
    }

    private static string Names(IEnumerable<TensorSignature> tensors) => string.Join(", ", tensors.Select(static tensor => $"'{tensor.Name}'"));
}
