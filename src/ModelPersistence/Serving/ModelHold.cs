namespace ModelPersistence.Serving;

/// <summary>The claim of one route on a loaded model: while it is not disposed, the model stays, unless it is withdrawn for cause.</summary>
internal sealed class ModelHold(ServedModels models, ServedModel served, IModelHolder holder) : IDisposable
{
    public ServedModel Served => served;

    public IModelHolder Holder => holder;

    public void Dispose() => models.Release(this);
}
