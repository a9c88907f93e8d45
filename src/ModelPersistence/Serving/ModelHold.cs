namespace ModelPersistence.Serving;

/// <summary>The claim of one route on a loaded model: while it is not disposed, the model stays, unless it is withdrawn for cause.</summary>
internal sealed class ModelHold(ServedModels models, ServedModel served, IModelHolder holder) : IDisposable
{
    public ServedModel Served => served;

    public IModelHolder Holder => holder;

    /// <summary>Gives it up; where nobody else holds it, it stays a while.</summary>
    public void Dispose() => models.Release(this, lingers: true);

    /// <summary>Gives it up; where nobody else holds it, it goes at once.</summary>
    public void EndNow() => models.Release(this, lingers: false);
}
