namespace ModelPersistence.Diagnostics;

/// <summary>
/// Whether this host should get requests. Registered as a singleton by <c>AddModelManagement</c>; the health check <c>models</c> answers from it. Safe for
/// concurrent use.
/// </summary>
public interface IModelHealth
{
    /// <summary>How the models are now. Reads what is known; asks nobody and runs nothing.</summary>
    ModelHealthReport Check();
}
