namespace ModelPersistence.Serving;

/// <summary>What an operator, or a deployment, can ask of the models of this host. Registered as a singleton by <c>AddModelManagement</c>; safe for concurrent use.</summary>
public interface IModelManager
{
    /// <summary>
    /// Asks the providers now what the model's references stand for, without waiting for <c>RefreshInterval</c>. Completes when that serves,
    /// or could not be made to serve, which the status then shows. Does nothing for a model that nobody has asked for.
    /// </summary>
    /// <param name="model">The model's name; null for all models.</param>
    /// <param name="cancellationToken">Ends this caller's wait; the swaps go on.</param>
    /// <exception cref="ArgumentException">The name is malformed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task RefreshAsync(string? model = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Unloads what the reference leads to, unless another reference leads there too; leases that are out stay valid. The next request
    /// loads it again.
    /// </summary>
    /// <param name="reference">As for <see cref="IModelProvider"/>.</param>
    /// <returns>Whether there was anything to unload.</returns>
    /// <exception cref="FormatException">The reference is malformed.</exception>
    bool Unload(string reference);
}
