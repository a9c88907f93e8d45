using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <inheritdoc cref="IModelManager"/>
internal sealed class ModelManager(RouteTable routes, RouteKeepers keepers, AliasRefresh refresh) : IModelManager
{
    public Task RefreshAsync(string? model, CancellationToken cancellationToken)
    {
        if (model is not null)
        {
            return refresh.RefreshAsync(ModelName.Require(model, nameof(model)), cancellationToken);
        }

        return Task.WhenAll(keepers.All.Select(static keeper => keeper.Route.Reference.Name).Distinct(StringComparer.Ordinal).Select(name => refresh.RefreshAsync(name, cancellationToken)));
    }

    public bool Unload(string reference)
    {
        if (!routes.TryGet(ModelReference.Parse(reference).ToString(), out var route) || keepers.For(route) is not { IsLeading: true } keeper)
        {
            return false;
        }

        keeper.Rest();
        return true;
    }
}
