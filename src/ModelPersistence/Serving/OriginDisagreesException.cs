using ModelPersistence.Models;

namespace ModelPersistence.Serving;

/// <summary>The origin says that a reference stands for another version than the one that is being loaded. Nothing of it was published.</summary>
internal sealed class OriginDisagreesException(ModelReference reference, ModelVersion version) : Exception
{
    public ModelReference Reference => reference;

    public ModelVersion Version => version;
}
