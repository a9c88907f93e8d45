using System.Text.Json.Serialization;
using ModelPersistence.Diagnostics;

namespace ModelPersistence.AspNetCore.Endpoints;

/// <summary>Writes health reports without reflection.</summary>
[JsonSerializable(typeof(ModelHealthReport))]
internal sealed partial class ModelHealthJson : JsonSerializerContext;
