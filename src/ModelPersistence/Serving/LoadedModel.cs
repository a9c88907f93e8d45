using ModelPersistence.Sessions;

namespace ModelPersistence.Serving;

/// <summary>A model that can serve, with what its load leaves for the work behind it.</summary>
internal sealed record LoadedModel(ModelLoad Load, ServedModel Served, TieredSession First);
