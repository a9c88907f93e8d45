using ModelPersistence.AspNetCore.Tensors;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>What a client asked for. Owns the tensors.</summary>
internal sealed class InferenceRequest : IDisposable
{
    public string? Id { get; set; }

    public string? AffinityKey { get; set; }

    public List<RequestTensor> Inputs { get; } = new(4);

    /// <summary>The outputs it wants, in this order; empty for all.</summary>
    public List<RequestedOutput> Outputs { get; } = [];

    public void Dispose() => Inputs.ForEach(static input => input.Dispose());
}
